/* Mailboxes that the account may not, or cannot, subscribe to. */
#include "subscriptions_bench.h"

#include "test.h"

#include <string.h>

#define MINUTE INT64_C(60000)

static void one_mailbox_that_is_refused_is_polled_and_told_once(void **state)
{
	(void)state;
	static const char *const codes[] = {"ErrorSubscriptionAccessDenied",
		"ErrorSubscriptionDelegateAccessNotSupported",
		"ErrorImpersonateUserDenied", "ErrorImpersonationDenied",
		"ErrorImpersonationFailed"};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		struct subscriptions_bench bench;
		bench_init(&bench, 1);
		bench_settle(&bench, 1);
		bench_watch(&bench, 2, 3);
		for (int day = 0; day < 2; day++) {
			while (!bench_asks(&bench, 0)) {
				bench_pass(&bench, MINUTE);
				bench_say_heartbeat(&bench, 0);
			}
			assert_string_equal(bench.address, "p2@example.com");
			bench_refuse(&bench, 0, codes[i]);
			assert_int_equal(bench.outcome.scope, SCOPE_NONE);
			assert_int_equal(bench_grant_all(&bench), day == 0 ? 1 : 0);
			bench_pass(&bench, SUBSCRIPTIONS_GATHER_MS);
			if (day == 0)
				bench_say_ok(&bench, bench_opens(&bench));
		}
		assert_true(bench.notified[1] && bench.notified[3]);
		assert_int_equal(bench.state.n_hints, 1);
		assert_non_null(strstr(
			bench.state.hints[bench.state.n_hints - 1], "p2@example.com"));
		assert_non_null(
			strstr(bench.state.hints[bench.state.n_hints - 1], codes[i]));
		bench_finish(&bench);
	}
}

static void an_account_without_the_right_is_told_once_and_tried_hourly(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	unsigned asked = 0;
	bench_init(&bench, 1);
	bench_watch(&bench, 1, 100);
	while (bench_asks(&bench, 0)) {
		bench_refuse(&bench, 0, "ErrorImpersonateUserDenied");
		asked++;
	}
	assert_int_equal(asked, SUBSCRIPTIONS_REFUSALS_MAX);
	assert_non_null(strstr(
		bench.state.hints[bench.state.n_hints - 1], "ApplicationImpersonation"));
	unsigned told = bench.state.n_hints;
	bench_pass(&bench, 59 * MINUTE);
	assert_false(bench_asks(&bench, 0));
	bench_pass(&bench, 16 * MINUTE);
	for (asked = 0; bench_asks(&bench, 0); asked++)
		bench_refuse(&bench, 0, "ErrorImpersonateUserDenied");
	assert_int_equal(asked, SUBSCRIPTIONS_REFUSALS_MAX);
	/* The right was given: all are subscribed, those who were refused as well. */
	bench_pass(&bench, 75 * MINUTE);
	(void)bench_grant_all(&bench);
	bench_pass(&bench, 1);
	bench_say_ok(&bench, bench_opens(&bench));
	assert_int_equal(bench_grant_all(&bench), 99);
	assert_in_range(told, 1, SUBSCRIPTIONS_REFUSALS_MAX);
	bench_finish(&bench);
}

static void the_only_mailbox_that_is_refused_is_tried_hourly(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_watch(&bench, 1, 1);
	for (int hour = 0; hour < 3; hour++) {
		assert_true(bench_asks(&bench, 0));
		bench_refuse(&bench, 0, "ErrorSubscriptionAccessDenied");
		assert_false(bench_asks(&bench, 0));
		assert_int_equal(bench.state.n_hints, 1);
		bench_pass(&bench, 75 * MINUTE);
	}
	bench_finish(&bench);
}

static void a_refused_anchor_gives_way_to_another(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 2);
	bench_say_error(&bench, 0, "ErrorImpersonateUserDenied", NULL);
	bench_pass(&bench, 2000);
	assert_true(bench_asks(&bench, 0));
	assert_string_equal(bench.address, "p2@example.com");
	assert_string_equal(bench.anchor, "p2@example.com");
	bench_finish(&bench);
}

static void an_anchor_that_is_gone_gives_way_to_another(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 2);
	bench_say_error(&bench, 0, "ErrorNonExistentMailbox", NULL);
	bench_pass(&bench, 2000);
	assert_true(bench_asks(&bench, 0));
	assert_string_equal(bench.anchor, "p2@example.com");
	assert_int_equal(bench.state.n_hints, 0); // the reading of the calendar says it
	bench_finish(&bench);
}

static void who_fails_for_another_reason_is_tried_ever_slower(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 1);
	bench_watch(&bench, 2, 2);
	unsigned asked = 0;
	for (int i = 0; i < 8 * 60; i++, bench_pass(&bench, MINUTE)) {
		bench_say_heartbeat(&bench, 0);
		for (; bench_asks(&bench, 0); asked++) {
			bench_refuse(&bench, 0, "ErrorMailboxMoveInProgress");
			assert_int_equal(bench.outcome.scope, SCOPE_NONE);
		}
	}
	assert_in_range(asked, 10, 16);
	bench_finish(&bench);
}

static void an_old_exchange_has_no_streams(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_watch(&bench, 1, 1);
	bench.terms.version = "Exchange2007_SP1";
	assert_false(bench_asks(&bench, 0));
	assert_non_null(strstr(bench.state.hints[bench.state.n_hints - 1], "2010 SP1"));
	assert_true(bench.source.due(bench.source.self, &bench.now) > bench.now.mono_ms);
	bench_finish(&bench);
}

/* One server of several is old, and all are asked in its version. */
static void who_was_subscribed_is_unsubscribed_in_an_old_version(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 2);
	bench.terms.version = "Exchange2007_SP1";
	bench_unwatch(&bench, 2);
	assert_true(bench_asks(&bench, 0));
	assert_non_null(strstr(buf_text(&bench.body), "Unsubscribe"));
	assert_false(bench_asks(&bench, 1));
	assert_true(bench.source.due(bench.source.self, &bench.now) > bench.now.mono_ms);
	bench_finish(&bench);
}

static void where_a_stream_is_the_anchors_alone_each_has_its_own(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	int stream;
	bench_init(&bench, 2);
	bench_watch(&bench, 1, 1);
	assert_int_equal(bench_grant_all(&bench), 1);
	bench_pass(&bench, 1);
	bench_say_ok(&bench, bench_opens(&bench));
	bench_watch(&bench, 2, 2);
	assert_int_equal(bench_grant_all(&bench), 1);
	(void)bench_time_to_open(&bench, &stream);
	bench_say_error(&bench, stream, "ErrorInvalidSubscription", "s2");
	assert_int_equal(bench.state.n_hints, 0); // it may have got lost
	assert_int_equal(bench_grant_all(&bench), 1);
	(void)bench_time_to_open(&bench, &stream);
	bench_say_error(&bench, stream, "ErrorInvalidSubscription", "s2");
	assert_int_equal(bench.state.n_hints, 1);
	assert_non_null(
		strstr(bench.state.hints[bench.state.n_hints - 1], "one mailbox alone"));
	for (int i = 0; i < 2; i++) {
		(void)bench_grant_all(&bench);
		(void)bench_time_to_open(&bench, &stream);
		bench_say_ok(&bench, stream);
	}
	assert_int_equal(bench.subscriptions.n_notified, 2);
	bench_watch(&bench, 3, 3); // for whom there is no stream
	assert_int_equal(bench_grant_all(&bench), 0);
	assert_int_equal(bench.state.n_hints, 1);
	bench_finish(&bench);
}

/* The anchor's stream opens before the others are subscribed anew. */
static void a_word_for_the_anchor_alone_proves_nothing_of_the_others(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	int stream;
	bench_init(&bench, 2);
	bench_settle(&bench, 1);
	bench_watch(&bench, 2, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(bench.state.n_hints, 0);
		assert_int_equal(bench_grant_all(&bench), 1);
		(void)bench_time_to_open(&bench, &stream);
		bench_say_error(&bench, stream, "ErrorInvalidSubscription", "s2");
		if (i == 0)
			bench_say_ok(&bench, bench_opens(&bench));
	}
	assert_non_null(strstr(bench.state.hints[0], "one mailbox alone"));
	bench_finish(&bench);
}

/* While others are still to be subscribed a stream is opened after a minute. */
static void how_long_it_took_to_subscribe_them_says_nothing(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	int stream;
	bench_init(&bench, 2);
	bench_settle(&bench, 1);
	bench_watch(&bench, 2, 4);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(bench.state.n_hints, 0);
		for (int k = 0; k < 2; k++) {
			assert_true(bench_asks(&bench, 0));
			bench_grant(&bench, 0, "");
			bench_pass(&bench, 40000);
		}
		stream = bench_opens(&bench);
		assert_int_equal(stream, 0);
		bench_say_error(&bench, stream, "ErrorInvalidSubscription",
			"s2</m:SubscriptionId><m:SubscriptionId>s3");
		if (i == 0)
			bench_say_ok(&bench, bench_opens(&bench));
	}
	assert_non_null(strstr(bench.state.hints[0], "one mailbox alone"));
	bench_finish(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_mailbox_that_is_refused_is_polled_and_told_once),
		cmocka_unit_test(
			an_account_without_the_right_is_told_once_and_tried_hourly),
		cmocka_unit_test(the_only_mailbox_that_is_refused_is_tried_hourly),
		cmocka_unit_test(a_refused_anchor_gives_way_to_another),
		cmocka_unit_test(an_anchor_that_is_gone_gives_way_to_another),
		cmocka_unit_test(who_fails_for_another_reason_is_tried_ever_slower),
		cmocka_unit_test(an_old_exchange_has_no_streams),
		cmocka_unit_test(who_was_subscribed_is_unsubscribed_in_an_old_version),
		cmocka_unit_test(where_a_stream_is_the_anchors_alone_each_has_its_own),
		cmocka_unit_test(
			a_word_for_the_anchor_alone_proves_nothing_of_the_others),
		cmocka_unit_test(how_long_it_took_to_subscribe_them_says_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
