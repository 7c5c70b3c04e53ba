#include "poller_bench.h"
#include "test.h"

#include <string.h>

static void a_reading_goes_out_with_its_window(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 7, 1);
	struct poller_request *request = bench_next(&bench);
	assert_non_null(request);
	assert_int_equal(request->n, 1);
	assert_string_equal(request->addresses[0], "p7@example.com");
	assert_int_equal(request->from, BENCH_UTC - 30 - 3600);
	assert_int_equal(request->to, BENCH_UTC + 30 + 86400);
	bench_answer(&bench, request);
	assert_int_equal(bench.n_calendars, 1);
	assert_int_equal(bench.calendar.mailbox, 7);
	assert_int_equal(bench.calendar.from, request->from);
	assert_int_equal(bench.calendar.n, 1);
	struct gateway_state gateway = bench_state_of(&bench);
	assert_int_equal(gateway.health, GATEWAY_UP);
	assert_int_equal(gateway.mailboxes_read, 1);
	assert_int_equal(gateway.requests, 1);
	assert_string_equal(gateway.server_version, "15.2.1118");
	assert_int_equal(gateway.reached_interval_s, 300);
	bench_tear_down(&bench);
}

static void everybody_is_read_once_an_interval(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, BENCH_READ_MAX);
	int64_t end = bench.now.mono_ms + 3600000;
	while (bench.now.mono_ms < end) {
		struct poller_request *request = bench_wait_next(&bench);
		bench_pass(&bench, 200);
		bench_answer(&bench, request);
	}
	for (size_t i = 0; i < BENCH_READ_MAX; i++)
		assert_in_range(bench.read[i], 12, 15); // some go along early
	bench_tear_down(&bench);
}

static void one_failing_mailbox_does_not_touch_its_neighbours(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 1, 2);
	struct poller_request *request = bench_next(&bench);
	struct mailbox_reading mailboxes[2] = {{.fault = GATEWAY_FAULT_MAILBOX,
		.code = "ErrorMailRecipientNotFound",
		.elsewhere = true}};
	struct reading said = {.mailboxes = mailboxes, .n = 2};
	struct outcome outcome = {.class = OUTCOME_USE, .scope = SCOPE_GATEWAY};
	bench_done(&bench, request, &outcome, &said);
	assert_int_equal(bench.n_calendars, 1);
	assert_int_equal(bench.calendar.mailbox, 2);
	assert_int_equal(bench.n_failures, 1);
	assert_int_equal(bench.failure.mailbox, 1);
	assert_string_equal(bench.failure_code, "ErrorMailRecipientNotFound");
	assert_true(bench.failure.elsewhere);
	assert_in_range(bench.failure.next_try - now_utc_s(&bench.now), 3600, 3826);
	assert_int_equal(bench_state_of(&bench).health, GATEWAY_UP);
	bench_tear_down(&bench);
}

static void a_timed_out_batch_is_halved_until_the_bad_one_is_alone(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 100);
	while (bench.n_failures == 0) {
		struct poller_request *request = bench_wait_next(&bench);
		bool has_bad = false;
		for (size_t i = 0; i < request->n; i++)
			has_bad = has_bad ||
				  strcmp(request->addresses[i], "p42@example.com") == 0;
		if (has_bad)
			bench_refuse(
				&bench, request, OUTCOME_BISECT, GATEWAY_FAULT_CONNECT);
		else
			bench_answer(&bench, request);
	}
	assert_int_equal(bench.failure.mailbox, 42);
	assert_int_equal(bench.n_failures, 1);
	bench_tear_down(&bench);
}

static void a_failing_batch_of_its_own_fault_is_told_mailbox_by_mailbox(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 3);
	bench_refuse(&bench, bench_next(&bench), OUTCOME_RETRY, GATEWAY_FAULT_ANSWER);
	assert_int_equal(bench.n_failures, 3);
	assert_int_equal(bench.failure.fault, GATEWAY_FAULT_ANSWER);
	assert_false(bench.failure.elsewhere);
	struct poller_request *request = bench_wait_next(&bench);
	assert_int_equal(request->n, 3);
	bench_answer(&bench, request);
	assert_int_equal(bench.n_calendars, 3);
	bench_tear_down(&bench);
}

static void a_request_called_wrong_does_not_stop_the_others(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 2);
	bench_refuse(&bench, bench_next(&bench), OUTCOME_STOP, GATEWAY_FAULT_REQUEST);
	bench_answer(&bench, bench_wait_next(&bench));
	bench_refuse(
		&bench, bench_wait_next(&bench), OUTCOME_STOP, GATEWAY_FAULT_REQUEST);
	assert_int_equal(bench.n_calendars, 1);
	assert_int_equal(bench.n_failures, 1);
	bench_tear_down(&bench);
}

static void who_is_unwatched_while_read_is_not_told(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 2);
	struct poller_request *request = bench_next(&bench);
	bench_unwatch(&bench, 0);
	bench_answer(&bench, request);
	assert_int_equal(bench.n_calendars, 1);
	assert_int_equal(bench.calendar.mailbox, 1);
	bench_watch(&bench, 5, 2);
	request = bench_next(&bench);
	bench_unwatch(&bench, 5);
	bench_refuse(&bench, request, OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT);
	assert_int_equal(bench.n_failures, 1);
	bench_tear_down(&bench);
}

static void failing_batches_take_half_of_the_slots(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 1);
	bench_answer(&bench, bench_next(&bench)); // proven
	bench_unwatch(&bench, 0);
	bench_watch(&bench, 100, 100);
	bench_refuse(&bench, bench_next(&bench), OUTCOME_BISECT, GATEWAY_FAULT_CONNECT);
	struct poller_request *halves[2] = {bench_next(&bench), NULL};
	bench_pass(&bench, ACCOUNT_STAGGER_MS);
	halves[1] = bench_next(&bench);
	assert_int_equal(halves[1]->n, 50);
	bench_refuse(&bench, halves[1], OUTCOME_BISECT, GATEWAY_FAULT_CONNECT);
	bench_pass(&bench, ACCOUNT_STAGGER_MS);
	halves[1] = bench_next(&bench);
	assert_int_equal(halves[1]->n, 25);
	bench_pass(&bench, ACCOUNT_STAGGER_MS);
	assert_null(bench_next(&bench)); // another quarter waits
	bench_watch(&bench, 300, 1);
	assert_string_equal(bench_next(&bench)->addresses[0], "p300@example.com");
	bench_tear_down(&bench);
}

static const struct outcome busy = {.class = OUTCOME_BACK_OFF,
	.scope = SCOPE_MAILBOX,
	.fault = GATEWAY_FAULT_THROTTLE,
	.back_off_ms = 120000,
	.code = "ErrorServerBusy",
	.text = "in words"};

static void a_mailbox_over_its_budget_waits_and_the_others_are_read(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	for (uint32_t id = 0; id < 4; id++)
		bench_watch_one(&bench,
			&(struct gateway_watch){.mailbox = id,
				.address = id == 0 ? "a@example.com" : "b@example.com",
				.items = true});
	bench_pass(&bench, SCHEDULE_COLLECT_MS);
	int64_t refused_ms = 0;
	while (bench.n_calendars < 4) {
		struct poller_request *request = bench_wait_next(&bench);
		request->charged = request->charged_to_itself = true;
		bool spent = bench.now.mono_ms < 1000000 + 100000;
		if (request->addresses[0][0] != 'a' || !spent) {
			bench_answer(&bench, request);
			continue;
		}
		assert_int_equal(refused_ms, 0); // not before it may
		refused_ms = bench.now.mono_ms;
		bench_done(&bench, request, &busy, NULL);
		assert_int_equal(bench.failure.fault, GATEWAY_FAULT_THROTTLE);
		assert_true(bench.failure.next_try >= now_utc_s(&bench.now) + 120);
	}
	assert_int_equal(bench_state_of(&bench).health, GATEWAY_UP);
	bench_tear_down(&bench);
}

static void those_asked_in_the_name_of_a_busy_mailbox_go_to_the_end(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 200);
	struct poller_request *request = bench_next(&bench);
	assert_string_equal(request->addresses[0], "p0@example.com");
	request->charged = true;
	bench_done(&bench, request, &busy, NULL);
	request = bench_next(&bench);
	assert_string_equal(request->addresses[0], "p100@example.com");
	bench_answer(&bench, request);
	assert_int_equal(bench.n_failures, 0);
	bench_answer(&bench, bench_next(&bench));
	assert_int_equal(bench.n_calendars, 200);
	bench_tear_down(&bench);
}

static void what_is_said_of_another_fails_nobody_the_first_time(void **state)
{
	(void)state;
	static const struct outcome moved = {.class = OUTCOME_BISECT,
		.scope = SCOPE_BATCH,
		.fault = GATEWAY_FAULT_CONFIG,
		.code = "ErrorWrongServerVersion",
		.text = "in words",
		.elsewhere = true};
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 1);
	for (unsigned round = 0; round < 2; round++) {
		struct poller_request *request = bench_wait_next(&bench);
		request->charged = true;
		bench_done(&bench, request, &moved, NULL);
		assert_int_equal(bench.n_failures, 0);
		bench_pass(&bench, SCHEDULE_COLLECT_MS); // at once
		bench_answer(&bench, bench_next(&bench));
		assert_int_equal(bench.n_calendars, round + 1);
	}
	for (unsigned round = 0; round < 2; round++) {
		struct poller_request *request = bench_wait_next(&bench);
		request->charged = true;
		bench_done(&bench, request, &moved, NULL);
	}
	assert_int_equal(bench.n_failures, 1); // whosever name it was
	struct poller_request *request = bench_wait_next(&bench);
	request->charged = request->charged_to_itself = true;
	bench_done(&bench, request, &moved, NULL);
	assert_int_equal(bench.n_failures, 2);
	bench_tear_down(&bench);
}

/* Mailboxes that take the whole request with them. */
static bool is_poison(const struct poller_request *request)
{
	for (size_t i = 0; i < request->n; i++)
		if (request->batch.mailboxes[i]->id % 50 == 0)
			return true;
	return false;
}

static void with_one_slot_those_who_fail_take_every_second_request(void **state)
{
	(void)state;
	struct bench bench;
	unsigned failed = 0;
	unsigned others = 0;
	bench_set_up(&bench);
	bench.account.slots = bench.account.configured = 1;
	bench.poller.schedule.interval_ms = 100; // who can be read is always due
	bench_watch(&bench, 0, 200);
	while (bench.n_failures < 2) {
		struct poller_request *request = bench_wait_next(&bench);
		unsigned *counted = request->failing ? &failed : &others;
		++*counted;
		if (request->batch.mailboxes[0]->id < 100 && is_poison(request))
			bench_refuse(
				&bench, request, OUTCOME_BISECT, GATEWAY_FAULT_ANSWER);
		else
			bench_answer(&bench, request);
		bench_pass(&bench, SCHEDULE_COLLECT_MS);
	}
	assert_true(failed > 10);
	assert_true(others >= failed - 1);
	bench_tear_down(&bench);
}

static void a_few_bad_mailboxes_cost_their_own_readings_alone(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, BENCH_READ_MAX); // 2 % of them make a request fail
	int64_t end_ms = bench.now.mono_ms + INT64_C(3600000);
	while (bench.now.mono_ms < end_ms) {
		struct poller_request *request = bench_wait_next(&bench);
		if (is_poison(request))
			bench_refuse(
				&bench, request, OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT);
		else
			bench_answer(&bench, request);
		bench_pass(&bench, 50);
	}
	for (uint32_t id = 0; id < BENCH_READ_MAX; id++)
		assert_true(id % 50 == 0 || bench.read[id] >= 9); // of 12 intervals
	bench_tear_down(&bench);
}

static void who_fails_again_while_nobody_else_is_due_is_expected_to(void **state)
{
	(void)state;
	struct bench bench;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 2);
	bench_refuse(
		&bench, bench_wait_next(&bench), OUTCOME_BISECT, GATEWAY_FAULT_CONNECT);
	const struct outcome bad =
		outcome_make(OUTCOME_BISECT, GATEWAY_FAULT_CONNECT, "timeout");
	struct poller_request *request = bench_wait_next(&bench);
	assert_int_equal(request->n, 1);
	bench_refuse(&bench, request, OUTCOME_BISECT, GATEWAY_FAULT_CONNECT);
	bench_answer(&bench, bench_wait_next(&bench));
	for (int i = 0; i < 2; i++) {
		do {
			request = bench_wait_next(&bench);
			assert_non_null(request);
			if (!request->failing)
				bench_done(&bench, request, &bad, NULL);
		} while (!request->failing);
		assert_true(poller_expected(&bench.poller, request, &bad));
		bench_done(&bench, request, &bad, NULL);
	}
	bench_tear_down(&bench);
}

static void a_state_that_is_not_known_is_said_once(void **state)
{
	(void)state;
	struct bench bench;
	struct gateway_state told;
	bench_set_up(&bench);
	bench_watch(&bench, 0, 1);
	for (int i = 0; i < 2; i++) {
		struct poller_request *request = bench_wait_next(&bench);
		struct mailbox_reading mailbox = {.n = 0};
		struct reading said = {
			.mailboxes = &mailbox, .n = 1, .unknown_state = "Siesta"};
		struct outcome outcome = {.class = OUTCOME_USE, .scope = SCOPE_GATEWAY};
		bench_done(&bench, request, &outcome, &said);
	}
	assert_true(bench_tells(&bench, &told));
	assert_non_null(strstr(told.text, "\"Siesta\""));
	assert_string_equal(bench_state_of(&bench).text, "");
	bench_tear_down(&bench);
}

/* Answers with the meetings of the hour only where free/busy is asked for. */
static void answer_without_series(struct bench *bench, struct poller_request *request)
{
	struct gateway_event meeting = {
		.start = BENCH_UTC, .end = BENCH_UTC + 3600, .busy = GATEWAY_BUSY_BUSY};
	struct mailbox_reading mailboxes[GATEWAY_BATCH_MAX] = {{.n = 0}};
	struct reading said = {.mailboxes = mailboxes,
		.n = request->n,
		.events = &meeting,
		.n_events = 1};
	struct outcome outcome = {.class = OUTCOME_USE, .scope = SCOPE_GATEWAY};
	for (size_t i = 0; i < request->n; i++)
		mailboxes[i].n = request->items ? 0 : 1;
	bench_done(bench, request, &outcome, &said);
}

static void where_entries_lack_meetings_free_busy_is_read(void **state)
{
	(void)state;
	struct bench bench;
	struct gateway_state told;
	bench_set_up(&bench);
	for (uint32_t id = 0; id < 3; id++)
		bench_watch_one(&bench, &(struct gateway_watch){.mailbox = id,
						.address = "a@example.com",
						.items = true});
	bench_pass(&bench, SCHEDULE_COLLECT_MS);
	while (!bench.poller.items_off)
		answer_without_series(&bench, bench_wait_next(&bench));
	assert_true(bench.n_calendars <= 6);
	unsigned before = bench.n_calendars;
	while (bench.n_calendars < before + 6) {
		struct poller_request *request = bench_wait_next(&bench);
		assert_false(request->items);
		answer_without_series(&bench, request);
		assert_int_equal(bench.calendar.n, 1);
	}
	told = bench_state_of(&bench);
	assert_non_null(strstr(told.text, "lack meetings"));
	bench_tear_down(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reading_goes_out_with_its_window),
		cmocka_unit_test(everybody_is_read_once_an_interval),
		cmocka_unit_test(one_failing_mailbox_does_not_touch_its_neighbours),
		cmocka_unit_test(a_timed_out_batch_is_halved_until_the_bad_one_is_alone),
		cmocka_unit_test(
			a_failing_batch_of_its_own_fault_is_told_mailbox_by_mailbox),
		cmocka_unit_test(a_request_called_wrong_does_not_stop_the_others),
		cmocka_unit_test(who_is_unwatched_while_read_is_not_told),
		cmocka_unit_test(failing_batches_take_half_of_the_slots),
		cmocka_unit_test(a_mailbox_over_its_budget_waits_and_the_others_are_read),
		cmocka_unit_test(those_asked_in_the_name_of_a_busy_mailbox_go_to_the_end),
		cmocka_unit_test(what_is_said_of_another_fails_nobody_the_first_time),
		cmocka_unit_test(with_one_slot_those_who_fail_take_every_second_request),
		cmocka_unit_test(a_few_bad_mailboxes_cost_their_own_readings_alone),
		cmocka_unit_test(who_fails_again_while_nobody_else_is_due_is_expected_to),
		cmocka_unit_test(a_state_that_is_not_known_is_said_once),
		cmocka_unit_test(where_entries_lack_meetings_free_busy_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
