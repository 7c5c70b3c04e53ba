#include "poller_bench.h"
#include "test.h"

#include <string.h>

#define MINUTE INT64_C(60000)

static const struct outcome use = {.class = OUTCOME_USE, .scope = SCOPE_GATEWAY};
static const struct outcome too_big = {.class = OUTCOME_BISECT,
	.fault = GATEWAY_FAULT_REQUEST,
	.too_big = true,
	.code = "ErrorMailboxDataArrayTooBig"};

static const struct mailbox_reading late = {
	.fault = GATEWAY_FAULT_TRANSIENT, .late = true};
static const struct mailbox_reading full = {.fault = GATEWAY_FAULT_MAILBOX,
	.code = "ErrorResultSetTooBig",
	.advice = READING_IN_CHUNKS};
static const struct mailbox_reading has_digits = {
	.fault = GATEWAY_FAULT_MAILBOX, .advice = READING_BY_DIGITS};
static const struct mailbox_reading is_older = {.fault = GATEWAY_FAULT_REQUEST,
	.advice = READING_IN_VERSION,
	.version = "Exchange2010_SP2"};

/* Answers with this error for the one mailbox (NULL: for all), and with one event for the
 * others. */
static void answer_but(struct bench *bench, struct poller_request *request,
	const char *address, const struct mailbox_reading *error)
{
	static struct mailbox_reading mailboxes[GATEWAY_BATCH_MAX];
	static struct gateway_event event = {
		.start = BENCH_UTC, .end = BENCH_UTC + 60, .busy = GATEWAY_BUSY_BUSY};
	for (size_t i = 0; i < request->n; i++) {
		bool fails = !address || strcmp(request->addresses[i], address) == 0;
		mailboxes[i] = fails ? *error : (struct mailbox_reading){.n = 1};
	}
	struct reading answer = {
		.mailboxes = mailboxes, .n = request->n, .events = &event, .n_events = 1};
	bench_done(bench, request, &use, &answer);
}

static bool has(const struct poller_request *request, const char *address)
{
	for (size_t i = 0; i < request->n; i++) {
		if (strcmp(request->addresses[i], address) == 0)
			return true;
	}
	return false;
}

static void a_request_that_is_too_big_makes_smaller_ones_at_once(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 200);
	int64_t before = bench.now.mono_ms;
	size_t sizes[] = {100, 50, 25, 12};
	for (size_t i = 0; i < 3; i++) {
		struct poller_request *request = bench_next(&bench);
		assert_int_equal(request->n, sizes[i]);
		bench_done(&bench, request, &too_big, NULL);
	}
	unsigned requests = 0;
	while (bench.n_calendars < 200) {
		struct poller_request *request = bench_next(&bench);
		assert_true(request->n <= 12);
		bench_answer(&bench, request);
		requests++;
	}
	assert_int_equal(requests, 17);
	assert_int_equal(bench.now.mono_ms, before);
	assert_int_equal(bench.n_failures, 0);
	assert_int_equal(bench_state_of(&bench).health, GATEWAY_UP);
	bench_tear_down(&bench);
}

static void the_size_grows_again_after_success(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 300);
	bench_done(&bench, bench_next(&bench), &too_big, NULL);
	for (int minute = 0; minute < 15; minute++) {
		int64_t end = bench.now.mono_ms + MINUTE;
		while (bench.now.mono_ms < end)
			bench_answer(&bench, bench_wait_next(&bench));
	}
	assert_int_equal(bench.poller.schedule.most, GATEWAY_BATCH_MAX);
	bench_tear_down(&bench);
}

/* Plays the sweep of 100 with one mailbox that always makes the request fail; tells the
 * fault. */
static void one_bad_mailbox(struct bench *bench, enum gateway_fault fault)
{
	bench_set_up(bench);
	bench_watch(bench, 0, 100);
	while (bench->n_failures == 0 || bench->n_calendars < 99) {
		struct poller_request *request = bench_wait_next(bench);
		if (has(request, "p42@example.com"))
			bench_refuse(bench, request, OUTCOME_BISECT, fault);
		else
			bench_answer(bench, request);
	}
}

static void one_bad_mailbox_does_not_shrink_the_others_requests(void **state)
{
	(void)state;
	static const enum gateway_fault faults[] = {
		GATEWAY_FAULT_CONNECT, GATEWAY_FAULT_ANSWER, GATEWAY_FAULT_AUTHZ};
	for (size_t i = 0; i < 3; i++) {
		struct bench bench;
		one_bad_mailbox(&bench, faults[i]);
		assert_int_equal(bench.failure.mailbox, 42);
		assert_int_equal(bench.poller.schedule.most, GATEWAY_BATCH_MAX);
		bench_tear_down(&bench);
	}
}

static void who_times_out_together_and_not_apart_were_too_many(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 100);
	while (bench.n_calendars < 100) {
		struct poller_request *request = bench_wait_next(&bench);
		if (request->n > 30)
			bench_refuse(
				&bench, request, OUTCOME_BISECT, GATEWAY_FAULT_CONNECT);
		else
			bench_answer(&bench, request);
	}
	assert_int_equal(bench.poller.schedule.most, 25);
	bench_tear_down(&bench);
}

static void few_who_time_out_say_nothing_of_the_size(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 3);
	bench_refuse(&bench, bench_next(&bench), OUTCOME_BISECT, GATEWAY_FAULT_CONNECT);
	while (bench.n_calendars < 3)
		bench_answer(&bench, bench_wait_next(&bench));
	assert_int_equal(bench.poller.schedule.most, GATEWAY_BATCH_MAX);
	bench_tear_down(&bench);
}

static void whoever_makes_exchange_itself_fail_is_found_the_second_time(void **state)
{
	(void)state;
	struct bench bench;
	unsigned requests = 0;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 100);
	while (bench.n_calendars < 99) {
		struct poller_request *request = bench_wait_next(&bench);
		if (has(request, "p42@example.com"))
			bench_refuse(
				&bench, request, OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT);
		else
			bench_answer(&bench, request);
		assert_true(++requests < 20);
	}
	assert_int_equal(bench.read[42], 0);
	assert_int_equal(bench.poller.schedule.most, GATEWAY_BATCH_MAX);
	bench_tear_down(&bench);
}

static void an_impersonation_that_is_refused_says_nothing_of_the_size(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 100);
	bench_refuse(&bench, bench_next(&bench), OUTCOME_BISECT, GATEWAY_FAULT_AUTHZ);
	while (bench.n_calendars < 100)
		bench_answer(&bench, bench_wait_next(&bench));
	assert_int_equal(bench.poller.schedule.most, GATEWAY_BATCH_MAX);
	bench_tear_down(&bench);
}

static void when_most_were_too_late_fewer_are_asked_for(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 100);
	answer_but(&bench, bench_next(&bench), NULL, &late);
	assert_int_equal(bench.n_failures, 100);
	assert_int_equal(bench_wait_next(&bench)->n, 50);
	bench_tear_down(&bench);
	bench_set_up(&bench);
	bench_watch(&bench, 0, 100);
	answer_but(&bench, bench_next(&bench), "p3@example.com", &late);
	assert_int_equal(bench.poller.schedule.most, GATEWAY_BATCH_MAX);
	bench_tear_down(&bench);
}

static void a_refused_version_is_no_failure_of_anybody(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 3);
	static const struct outcome again = {.class = OUTCOME_AGAIN,
		.fault = GATEWAY_FAULT_REQUEST,
		.code = "ErrorInvalidServerVersion"};
	for (int i = 0; i < 3; i++)
		bench_done(&bench, bench_next(&bench), &again, NULL);
	bench_answer(&bench, bench_next(&bench));
	assert_int_equal(bench.n_calendars, 3);
	assert_int_equal(bench.n_failures, 0);
	struct gateway_state gateway = bench_state_of(&bench);
	assert_int_equal(gateway.health, GATEWAY_UP);
	assert_string_equal(gateway.text, "");
	bench_tear_down(&bench);
}

static void a_full_calendar_is_read_alone_and_told_once(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 3);
	struct poller_request *request = bench_next(&bench);
	int64_t from = request->from;
	int64_t to = request->to;
	answer_but(&bench, request, "p1@example.com", &full);
	assert_int_equal(bench.n_calendars, 2);
	request = bench_next(&bench);
	assert_int_equal(request->n, 1);
	assert_string_equal(request->addresses[0], "p1@example.com");
	assert_int_equal(request->from, from);
	assert_int_equal(request->to, from + (to - from) / 2 / 60 * 60);
	bench_answer(&bench, request);
	assert_int_equal(bench.n_calendars, 2);
	while (bench.n_calendars == 2)
		bench_answer(&bench, bench_next(&bench));
	assert_int_equal(bench.calendar.mailbox, 1);
	assert_int_equal(bench.calendar.from, from);
	assert_int_equal(bench.calendar.to, to);
	assert_int_equal(bench.calendar.n, 1); // it was in every chunk
	assert_int_equal(bench.n_failures, 0);
	bench_tear_down(&bench);
}

static void a_calendar_that_is_too_full_for_an_hour_fails(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 1);
	while (bench.n_failures == 0)
		answer_but(&bench, bench_next(&bench), NULL, &full);
	assert_string_equal(bench.failure_code, "ErrorResultSetTooBig");
	assert_true(bench.failure.next_try > now_utc_s(&bench.now) + 3000);
	assert_int_equal(bench.n_calendars, 0);
	bench_tear_down(&bench);
}

static void who_is_unwatched_between_two_pieces_is_forgotten(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 1);
	answer_but(&bench, bench_next(&bench), NULL, &full);
	struct poller_request *request = bench_next(&bench);
	bench_unwatch(&bench, 0);
	bench_answer(&bench, request);
	assert_null(bench_next(&bench));
	assert_int_equal(bench.n_calendars, 0);
	bench_tear_down(&bench);
}

static void who_has_only_digits_is_asked_apart_from_then_on(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 10);
	struct poller_request *request = bench_next(&bench);
	assert_false(request->merged);
	answer_but(&bench, request, "p1@example.com", &has_digits);
	assert_int_equal(bench.n_failures, 0);
	request = bench_next(&bench);
	assert_true(request->merged);
	assert_int_equal(request->n, 1);
	bench_answer(&bench, request);
	for (int hour = 0; hour < 23; hour++) {
		int64_t end = bench.now.mono_ms + 60 * MINUTE;
		while (bench.now.mono_ms < end) {
			request = bench_wait_next(&bench);
			assert_int_equal(request->merged, has(request, "p1@example.com"));
			bench_answer(&bench, request);
		}
	}
	bench_pass(&bench, 60 * MINUTE);
	do {
		request = bench_wait_next(&bench);
		bench_answer(&bench, request);
	} while (!has(request, "p1@example.com"));
	assert_false(request->merged); // it may have been moved
	bench_tear_down(&bench);
}

static void an_older_mailbox_does_not_pull_the_others_down(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 10);
	answer_but(&bench, bench_next(&bench), "p1@example.com", &is_older);
	assert_int_equal(bench.n_calendars, 9);
	struct poller_request *request = bench_next(&bench);
	assert_int_equal(request->n, 1);
	assert_string_equal(request->version, "Exchange2010_SP2");
	bench_answer(&bench, request);
	assert_int_equal(bench.n_calendars, 10);
	do
		request = bench_wait_next(&bench);
	while (has(request, "p1@example.com"));
	assert_null(request->version);
	bench_tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_that_is_too_big_makes_smaller_ones_at_once),
		cmocka_unit_test(the_size_grows_again_after_success),
		cmocka_unit_test(one_bad_mailbox_does_not_shrink_the_others_requests),
		cmocka_unit_test(who_times_out_together_and_not_apart_were_too_many),
		cmocka_unit_test(few_who_time_out_say_nothing_of_the_size),
		cmocka_unit_test(
			whoever_makes_exchange_itself_fail_is_found_the_second_time),
		cmocka_unit_test(
			an_impersonation_that_is_refused_says_nothing_of_the_size),
		cmocka_unit_test(when_most_were_too_late_fewer_are_asked_for),
		cmocka_unit_test(a_refused_version_is_no_failure_of_anybody),
		cmocka_unit_test(a_full_calendar_is_read_alone_and_told_once),
		cmocka_unit_test(a_calendar_that_is_too_full_for_an_hour_fails),
		cmocka_unit_test(who_is_unwatched_between_two_pieces_is_forgotten),
		cmocka_unit_test(who_has_only_digits_is_asked_apart_from_then_on),
		cmocka_unit_test(an_older_mailbox_does_not_pull_the_others_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
