/* Streams that end, break or say nothing. */
#include "subscriptions_bench.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

#define MINUTE INT64_C(60000)

static void a_stream_that_ends_is_opened_again_at_once(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 2);
	for (int i = 0; i < 3; i++) {
		for (int minute = 0; minute < 30; minute++) {
			bench_pass(&bench, MINUTE);
			bench_say_heartbeat(&bench, 0);
		}
		bench_say_closed(&bench, 0);
		assert_int_equal(bench_opens(&bench), 0);
		bench_say_ok(&bench, 0);
		assert_int_equal(bench.subscriptions.n_notified, 2);
	}
	assert_int_equal(bench.read[1], 0); // nothing was missed
	assert_int_equal(bench.state.n_hints, 0);
	bench_finish(&bench);
}

static void streams_that_end_at_once_are_opened_ever_slower(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	int stream = 0;
	bench_init(&bench, 1);
	bench_settle(&bench, 1);
	bench_pass(&bench, MINUTE);
	unsigned opened = 0;
	for (int64_t until_ms = bench.now.mono_ms + 10 * MINUTE;
		bench.now.mono_ms < until_ms; opened++) {
		bench_say_closed(&bench, stream);
		(void)bench_time_to_open(&bench, &stream);
		bench_say_ok(&bench, stream);
	}
	assert_in_range(opened, 5, 15);
	bench_finish(&bench);
}

static void a_cut_stream_is_opened_after_a_pause_and_all_are_read(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	int stream;
	bench_init(&bench, 1);
	bench_settle(&bench, 2);
	bench_pass(&bench, MINUTE);
	bench_cut(&bench, 0);
	assert_int_equal(bench.subscriptions.n_notified, 0);
	assert_in_range(bench_time_to_open(&bench, &stream), 900, 1400);
	bench_say_ok(&bench, stream);
	assert_int_equal(bench.subscriptions.n_notified, 2);
	assert_int_equal(bench.read[1], 1);
	assert_int_equal(bench.read[2], 1);
	bench_finish(&bench);
}

static void streams_that_fail_are_opened_ever_slower(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	int stream = 0;
	bench_init(&bench, 1);
	bench_settle(&bench, 1);
	int64_t least_ms = SUBSCRIPTIONS_PAUSE_MIN_MS;
	for (int i = 0; i < 12; i++) {
		bench_end(&bench, stream, i % 2 ? 500 : 503);
		int64_t took_ms = bench_time_to_open(&bench, &stream);
		assert_true(took_ms >= least_ms - 100);
		least_ms = least_ms < SUBSCRIPTIONS_PAUSE_MAX_MS / 2
				   ? 2 * least_ms
				   : SUBSCRIPTIONS_PAUSE_MAX_MS;
	}
	bench_finish(&bench);
}

static void a_refused_log_on_is_the_account(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_watch(&bench, 1, 1);
	(void)bench_grant_all(&bench);
	bench_pass(&bench, 1);
	int stream = bench_opens(&bench);
	bench_end(&bench, stream, 401);
	assert_int_equal(
		subscriptions_outcome(&bench.subscriptions, (unsigned)stream)->class,
		OUTCOME_DENIED);
	bench_finish(&bench);
}

static void another_connection_has_the_stream(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	int stream;
	bench_init(&bench, 1);
	bench_settle(&bench, 1);
	bench_say_error(&bench, 0, "ErrorNewEventStreamConnectionOpened", NULL);
	assert_int_equal(bench_closes(&bench), 1);
	assert_true(bench_time_to_open(&bench, &stream) >= 900);
	assert_true(bench_has_id(&bench, "s1")); // the subscription is as good as it was
	bench_finish(&bench);
}

static void who_leaves_does_not_slow_the_others_down(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	int stream;
	bench_init(&bench, 1);
	bench_settle(&bench, 30);
	for (uint32_t id = 2; id < 30; id++) {
		char subscription[16];
		(void)snprintf(subscription, sizeof subscription, "s%u", id);
		bench_unwatch(&bench, id);
		bench_say_error(&bench, 0, "ErrorSubscriptionUnsubscribed", subscription);
		assert_true(
			bench_time_to_open(&bench, &stream) <= SUBSCRIPTIONS_GATHER_MS);
		assert_false(bench_has_id(&bench, subscription));
		bench_say_ok(&bench, stream);
		assert_true(bench.notified[1] && bench.notified[30]);
	}
	bench_finish(&bench);
}

static void a_stream_of_nobody_is_not_asked_for(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	unsigned stream;
	bench_init(&bench, 1);
	bench_watch(&bench, 1, 1);
	(void)bench_grant_all(&bench);
	bench_pass(&bench, 1);
	assert_true(subscriptions_wants(&bench.subscriptions, &stream));
	bench_unwatch(&bench, 1); // before the account let it go
	assert_false(subscriptions_wants(&bench.subscriptions, &stream));
	bench_watch(&bench, 2, 2);
	assert_int_equal(bench_grant_all(&bench), 2); // and an Unsubscribe
	bench_pass(&bench, SUBSCRIPTIONS_GATHER_MS);
	assert_int_equal(bench_opens(&bench), 0);
	assert_true(bench_has_id(&bench, "s2"));
	bench_finish(&bench);
}

static void a_stream_of_nonsense_is_given_up(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	int stream;
	bench_init(&bench, 1);
	bench_settle(&bench, 1);
	bench_say(&bench, 0, "<html><body>");
	bench_say(&bench, 0, "</p></body></html></html>");
	assert_int_equal(bench_closes(&bench), 1);
	assert_true(bench_time_to_open(&bench, &stream) >= 900);
	bench_finish(&bench);
}

static void silence_is_no_error(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 2);
	bench_pass(&bench, 80000);
	bench_say_heartbeat(&bench, 0);
	bench_pass(&bench, SUBSCRIPTIONS_SILENCE_MS - 1);
	assert_int_equal(bench_closes(&bench), 0);
	bench_pass(&bench, 1);
	assert_int_equal(bench_closes(&bench), 1);
	assert_int_equal(bench_opens(&bench), 0);
	assert_int_equal(bench.subscriptions.n_notified, 2);
	bench_say_ok(&bench, 0);
	assert_int_equal(bench.read[1], 1); // something may have been missed
	assert_int_equal(bench.state.n_hints, 0);
	/* Whoever sends no heartbeats is asked less often. */
	bench_pass(&bench, 2 * SUBSCRIPTIONS_SILENCE_MS - 1);
	assert_int_equal(bench_closes(&bench), 0);
	bench_say_heartbeat(&bench, 0);
	bench_pass(&bench, SUBSCRIPTIONS_SILENCE_MS);
	assert_int_equal(bench_closes(&bench), 1);
	bench_finish(&bench);
}

static void streams_that_are_held_back_are_told_once_and_tried_hourly(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_watch(&bench, 1, 3);
	for (unsigned hour = 0; hour < 3; hour++) {
		assert_int_equal(bench_grant_all(&bench), 1); // not all, to find out
		bench_pass(&bench, 1);
		int stream = bench_opens(&bench);
		assert_true(stream >= 0);
		bench_pass(&bench, SUBSCRIPTIONS_OPENING_MS);
		assert_int_equal(bench_closes(&bench), 1);
		assert_int_equal(bench.state.n_hints, 1);
		bench_pass(&bench, 59 * MINUTE);
		assert_false(bench_asks(&bench, 0));
		assert_int_equal(bench_opens(&bench), -1);
		bench_pass(&bench, 16 * MINUTE);
	}
	assert_non_null(strstr(bench.state.hints[bench.state.n_hints - 1], "proxy"));
	bench_finish(&bench);
}

static void behind_an_outage_a_stream_is_opened_when_somebody_answers(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	int stream = 0;
	bench_init(&bench, 1);
	bench_settle(&bench, 2);
	bench_cut(&bench, 0);
	for (int i = 0; i < 8; i++) {
		(void)bench_time_to_open(&bench, &stream);
		bench_lose(&bench, stream);
	}
	bench_pass(&bench, 1000);
	assert_int_equal(bench_opens(&bench), -1); // it waits for minutes
	subscriptions_recovered(&bench.subscriptions);
	stream = bench_opens(&bench);
	assert_int_equal(stream, 0);
	/* That works once; without a word it waits as long as ever. */
	bench_lose(&bench, stream);
	subscriptions_recovered(&bench.subscriptions);
	assert_int_equal(bench_opens(&bench), -1);
	assert_true(bench_time_to_open(&bench, &stream) <= 2000);
	bench_say_ok(&bench, stream);
	assert_int_equal(bench.subscriptions.n_notified, 2);
	bench_finish(&bench);
}

static void a_stream_is_opened_anew_once_all_are_subscribed(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_watch(&bench, 1, 100);
	assert_true(bench_asks(&bench, 0));
	bench_grant(&bench, 0, "server-a");
	bench_pass(&bench, 1);
	bench_say_ok(&bench, bench_opens(&bench));
	unsigned opened = 0;
	for (uint32_t id = 2; id <= 100; id++) { // 99 s in all
		assert_true(bench_asks(&bench, 0));
		bench_grant(&bench, 0, "server-a");
		bench_pass(&bench, 1000);
		int stream = bench_opens(&bench);
		opened += stream >= 0;
		if (stream >= 0)
			bench_say_ok(&bench, stream);
	}
	bench_pass(&bench, SUBSCRIPTIONS_GATHER_MS);
	int stream = bench_opens(&bench);
	opened += stream >= 0;
	if (stream >= 0)
		bench_say_ok(&bench, stream);
	assert_int_equal(bench.subscriptions.n_notified, 100);
	assert_int_equal(opened, 2);
	bench_finish(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_that_ends_is_opened_again_at_once),
		cmocka_unit_test(streams_that_end_at_once_are_opened_ever_slower),
		cmocka_unit_test(a_cut_stream_is_opened_after_a_pause_and_all_are_read),
		cmocka_unit_test(streams_that_fail_are_opened_ever_slower),
		cmocka_unit_test(a_refused_log_on_is_the_account),
		cmocka_unit_test(another_connection_has_the_stream),
		cmocka_unit_test(who_leaves_does_not_slow_the_others_down),
		cmocka_unit_test(a_stream_of_nobody_is_not_asked_for),
		cmocka_unit_test(a_stream_of_nonsense_is_given_up),
		cmocka_unit_test(silence_is_no_error),
		cmocka_unit_test(
			streams_that_are_held_back_are_told_once_and_tried_hourly),
		cmocka_unit_test(
			behind_an_outage_a_stream_is_opened_when_somebody_answers),
		cmocka_unit_test(a_stream_is_opened_anew_once_all_are_subscribed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
