/* Streams that end, break or say nothing; subscriptions that are gone, or not to be had
 * for now. */
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

static void a_bad_subscription_goes_and_the_others_go_on_at_once(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 3);
	bench_pass(&bench, MINUTE);
	bench_say_error(&bench, 0, "ErrorSubscriptionNotFound", "s2");
	assert_int_equal(bench_closes(&bench), 1);
	assert_int_equal(bench_opens(&bench), 0);
	assert_true(bench_has_id(&bench, "s1") && bench_has_id(&bench, "s3"));
	assert_false(bench_has_id(&bench, "s2"));
	bench_say_ok(&bench, 0);
	assert_false(bench.notified[2]);
	assert_true(bench_asks(&bench, 0));
	assert_string_equal(bench.address, "p2@example.com");
	assert_string_equal(bench.cookie, "server-a");
	bench.renewed = 1;
	bench_grant(&bench, 0, "");
	bench_pass(&bench, SUBSCRIPTIONS_GATHER_MS);
	assert_int_equal(bench_opens(&bench), 0);
	assert_true(bench_has_id(&bench, "s2x1"));
	bench_say_ok(&bench, 0);
	assert_int_equal(bench.read[2], 1);
	assert_int_equal(bench.read[1], 0);
	bench_finish(&bench);
}

static void a_bad_subscription_beside_a_word_is_no_word_only(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_watch(&bench, 1, 1);
	(void)bench_grant_all(&bench);
	bench_pass(&bench, 1);
	int stream = bench_opens(&bench);
	bench_say_error(&bench, stream, "ErrorSubscriptionNotFound", "s1");
	assert_false(bench.notified[1]);
	assert_int_equal(
		subscriptions_outcome(&bench.subscriptions, (unsigned)stream)->scope,
		SCOPE_NONE);
	bench_finish(&bench);
}

static void who_loses_one_after_the_other_rests(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 2);
	unsigned subscriptions = 0;
	for (int64_t until_ms = bench.now.mono_ms + 30 * MINUTE;
		bench.now.mono_ms < until_ms; bench_pass(&bench, 100)) {
		subscriptions += bench_grant_all(&bench);
		int stream = bench_opens(&bench);
		if (stream < 0)
			continue;
		bench_say_ok(&bench, stream);
		if (bench_has_id(&bench, "s2"))
			bench_say_error(&bench, stream, "ErrorInvalidSubscription", "s2");
	}
	assert_in_range(subscriptions, 3, 8);
	assert_true(bench.notified[1]);
	bench_finish(&bench);
}

/* One that is not ours would be told with each stream, for ever. */
static void a_bad_subscription_of_nobody_is_no_reason_to_hurry(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	unsigned opened = 0;
	bench_init(&bench, 1);
	bench_settle(&bench, 2);
	for (int64_t until_ms = bench.now.mono_ms + 60 * MINUTE;
		bench.now.mono_ms < until_ms; bench_pass(&bench, 100)) {
		(void)bench_grant_all(&bench);
		int stream = bench_opens(&bench);
		if (stream < 0)
			continue;
		opened++;
		bench_say_ok(&bench, stream);
		bench_say_error(&bench, stream, "ErrorSubscriptionNotFound", "S1");
	}
	assert_in_range(opened, 3, 40);
	bench_finish(&bench);
}

static void without_ids_all_subscriptions_are_made_anew_and_read(void **state)
{
	(void)state;
	static const char *const codes[] = {"ErrorInvalidSubscription",
		"ErrorSubscriptionNotFound", "ErrorExpiredSubscription",
		"ErrorSubscriptionUnsubscribed", "ErrorReadEventsFailed",
		"ErrorEventNotFound", "ErrorMissedNotificationEvents",
		"ErrorInvalidWatermark"};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		struct subscriptions_bench bench;
		bench_init(&bench, 1);
		bench_settle(&bench, 3);
		bench_pass(&bench, MINUTE);
		bench_say_error(&bench, 0, codes[i], NULL);
		assert_int_equal(bench_closes(&bench), 1);
		assert_int_equal(bench.subscriptions.n_notified, 0);
		assert_int_equal(bench_opens(&bench), -1);
		assert_true(bench_asks(&bench, 0));
		assert_null(strstr(buf_text(&bench.body), "Watermark"));
		bench_grant(&bench, 0, "");
		assert_int_equal(bench_grant_all(&bench), 2);
		bench_pass(&bench, SUBSCRIPTIONS_GATHER_MS);
		bench_say_ok(&bench, bench_opens(&bench));
		for (int id = 1; id <= 3; id++)
			assert_int_equal(bench.read[id], 1);
		bench_finish(&bench);
	}
}

static void a_server_that_is_gone_takes_its_cookie_along(void **state)
{
	(void)state;
	static const char *const codes[] = {
		"ErrorProxiedSubscriptionCallFailure", "ErrorProxyRequestNotAllowed"};
	for (size_t i = 0; i < 2; i++) {
		struct subscriptions_bench bench;
		bench_init(&bench, 1);
		bench_settle(&bench, 3);
		bench_say_error(&bench, 0, codes[i], NULL);
		assert_int_equal(bench_closes(&bench), 1);
		assert_false(bench_asks(&bench, 0)); // not at once
		bench_pass(&bench, 2000);
		assert_true(bench_asks(&bench, 0));
		assert_string_equal(bench.cookie, "");
		assert_false(bench_asks(&bench, 1)); // the anchor goes alone
		bench_grant(&bench, 0, "server-b");
		assert_true(bench_asks(&bench, 1));
		assert_string_equal(bench.cookie, "server-b");
		bench_finish(&bench);
	}
}

static void a_cookie_that_no_server_has_is_forgotten(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 2);
	bench_watch(&bench, 3, 3);
	assert_true(bench_asks(&bench, 0));
	bench_refuse(&bench, 0, "ErrorProxiedSubscriptionCallFailure");
	assert_int_equal(bench.outcome.scope, SCOPE_NONE);
	assert_int_equal(bench_closes(&bench), 1);
	bench_pass(&bench, 2000);
	assert_true(bench_asks(&bench, 0));
	assert_string_equal(bench.cookie, "");
	bench_finish(&bench);
}

static void a_change_that_was_told_is_read_though_its_subscription_goes(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 2);
	bench_say_changed(&bench, 0, "s2");
	bench_say_error(&bench, 0, "ErrorSubscriptionNotFound", "s2");
	assert_int_equal(bench.read[2], 1);
	bench_finish(&bench);
}

/* ------------------------------------------------ limits of Exchange */

static void leftovers_of_an_earlier_run_are_waited_for(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 1);
	bench_watch(&bench, 2, 3);
	for (int i = 0; i < 2; i++) {
		assert_true(bench_asks(&bench, 0));
		bench_refuse(&bench, 0, "ErrorExceededSubscriptionCount");
		assert_int_equal(bench.outcome.scope, SCOPE_NONE);
	}
	assert_int_equal(bench.state.n_hints, 1);
	assert_non_null(strstr(
		bench.state.hints[bench.state.n_hints - 1], "EWSMaxSubscriptions"));
	bench_say_heartbeat(&bench, 0);
	bench_pass(&bench, 30 * MINUTE - 1000);
	assert_false(bench_asks(&bench, 0));
	bench_pass(&bench, 10 * MINUTE);
	assert_true(bench_asks(&bench, 0));
	bench_finish(&bench);
}

static void with_fewer_connections_the_others_go_on(void **state)
{
	(void)state;
	static struct subscriptions_bench bench;
	bench_init(&bench, 2);
	bench_watch(&bench, 1, 400);
	(void)bench_grant_all(&bench);
	bench_pass(&bench, 1);
	bench_say_ok(&bench, bench_opens(&bench));
	(void)bench_grant_all(&bench);
	bench_pass(&bench, SUBSCRIPTIONS_GATHER_MS);
	bench_say_ok(&bench, bench_opens(&bench));
	int second = bench_opens(&bench);
	for (int i = 1; i < SUBSCRIPTIONS_CROWDED_MAX; i++) {
		/* A stream that has ended may still count: nothing is thrown away. */
		bench_say_error(&bench, second, "ErrorExceededConnectionCount", NULL);
		assert_int_equal(bench.state.n_hints, 1);
		assert_true(
			bench_time_to_open(&bench, &second) >= SUBSCRIPTIONS_CROWDED_MS);
		assert_false(bench_asks(&bench, 0));
		bench_say_heartbeat(&bench, second == 0 ? 1 : 0);
	}
	bench_say_error(&bench, second, "ErrorExceededConnectionCount", NULL);
	assert_non_null(strstr(
		bench.state.hints[bench.state.n_hints - 1], "HangingConnectionLimit"));
	assert_int_equal(bench.subscriptions.n_notified, 200);
	assert_int_equal(bench_opens(&bench), -1);
	assert_false(bench_asks(&bench, 0));
	for (int i = 0; i < 59; i++) {
		bench_pass(&bench, MINUTE);
		bench_say_heartbeat(&bench, second == 0 ? 1 : 0);
		assert_false(bench_asks(&bench, 0));
	}
	bench_pass(&bench, 17 * MINUTE);
	assert_int_equal(bench_grant_all(&bench), 200);
	assert_int_equal(bench.state.n_hints, 1);
	bench_finish(&bench);
}

static void who_is_busy_is_waited_for(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	int stream;
	bench_init(&bench, 1);
	bench_watch(&bench, 1, 1);
	assert_true(bench_asks(&bench, 0));
	bench_refuse(&bench, 0, "ErrorServerBusy");
	assert_int_equal(bench.outcome.class, OUTCOME_BACK_OFF);
	assert_int_equal(bench.outcome.scope, SCOPE_MAILBOX);
	bench_pass(&bench, MINUTE - 1);
	assert_int_equal(bench_grant_all(&bench), 0);
	bench_pass(&bench, MINUTE);
	assert_int_equal(bench_grant_all(&bench), 1);
	bench_pass(&bench, 1);
	stream = bench_opens(&bench);
	bench_say_error(&bench, stream, "ErrorServerBusy", NULL);
	const struct outcome *outcome =
		subscriptions_outcome(&bench.subscriptions, (unsigned)stream);
	assert_int_equal(outcome->class, OUTCOME_BACK_OFF);
	assert_int_equal(outcome->back_off_ms, 120000);
	assert_in_range(bench_time_to_open(&bench, &stream), 119900, 160000);
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
		cmocka_unit_test(a_bad_subscription_goes_and_the_others_go_on_at_once),
		cmocka_unit_test(a_bad_subscription_beside_a_word_is_no_word_only),
		cmocka_unit_test(who_loses_one_after_the_other_rests),
		cmocka_unit_test(a_bad_subscription_of_nobody_is_no_reason_to_hurry),
		cmocka_unit_test(without_ids_all_subscriptions_are_made_anew_and_read),
		cmocka_unit_test(a_server_that_is_gone_takes_its_cookie_along),
		cmocka_unit_test(a_cookie_that_no_server_has_is_forgotten),
		cmocka_unit_test(
			a_change_that_was_told_is_read_though_its_subscription_goes),
		cmocka_unit_test(leftovers_of_an_earlier_run_are_waited_for),
		cmocka_unit_test(with_fewer_connections_the_others_go_on),
		cmocka_unit_test(who_is_busy_is_waited_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
