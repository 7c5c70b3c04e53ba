/* Who is subscribed, and what comes of good news. */
#include "ews/autodiscover/sites.h"

#include "subscriptions_bench.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static void the_first_goes_alone_and_its_server_serves_all(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_watch(&bench, 1, 3);
	assert_true(bench_asks(&bench, 0));
	assert_string_equal(bench.address, "p1@example.com");
	assert_string_equal(bench.anchor, "p1@example.com");
	assert_true(bench.request.prefer_affinity);
	assert_string_equal(bench.cookie, "");
	assert_non_null(strstr(bench.request.header, "/Subscribe"));
	assert_false(bench_asks(&bench, 1));
	bench_grant(&bench, 0, "server-a");
	assert_false(bench_asks(&bench, 1)); // until a stream got through
	bench_pass(&bench, 1);
	bench_say_ok(&bench, bench_opens(&bench));
	assert_true(bench_asks(&bench, 1));
	assert_string_equal(bench.address, "p2@example.com");
	assert_string_equal(bench.anchor, "p1@example.com");
	assert_string_equal(bench.cookie, "server-a");
	assert_true(bench_asks(&bench, 2));
	assert_string_equal(bench.address, "p3@example.com");
	assert_false(bench_asks(&bench, 3));
	bench_finish(&bench);
}

static void a_stream_has_all_subscriptions_and_the_affinity_of_the_group(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 3);
	const char *body = buf_text(&bench.body);
	assert_non_null(strstr(body, "<t:SubscriptionId>s1</t:SubscriptionId>"));
	assert_non_null(strstr(body, "<t:SubscriptionId>s2</t:SubscriptionId>"));
	assert_non_null(strstr(body, "<t:SubscriptionId>s3</t:SubscriptionId>"));
	assert_string_equal(bench.address, "p1@example.com");
	assert_string_equal(bench.anchor, "p1@example.com");
	assert_string_equal(bench.cookie, "server-a");
	assert_true(bench.request.prefer_affinity);
	assert_non_null(strstr(bench.request.header, "/GetStreamingEvents"));
	assert_int_equal(
		subscriptions_outcome(&bench.subscriptions, 0)->class, OUTCOME_USE);
	bench_finish(&bench);
}

static void a_new_subscription_is_read_once_when_its_stream_is_open(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_watch(&bench, 1, 1);
	assert_int_equal(bench_grant_all(&bench), 1);
	bench_pass(&bench, 1);
	int stream = bench_opens(&bench);
	assert_int_equal(bench.read[1], 0);
	assert_false(bench.notified[1]);
	bench_say_ok(&bench, stream);
	assert_int_equal(bench.read[1], 1);
	assert_true(bench.notified[1]);
	bench_finish(&bench);
}

static void many_events_of_one_change_are_one_reading(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 2);
	for (int i = 0; i < 6; i++) {
		bench_say_changed(&bench, 0, "s2");
		bench_pass(&bench, 300);
	}
	assert_int_equal(bench.read[2], 0);
	bench_pass(&bench, SUBSCRIPTIONS_DEBOUNCE_MS - 6 * 300);
	assert_int_equal(bench.read[2], 1);
	bench_pass(&bench, 60000);
	assert_int_equal(bench.read[2], 1);
	assert_int_equal(bench.read[1], 0);
	bench_say_changed(&bench, 0, "s2");
	bench_pass(&bench, SUBSCRIPTIONS_DEBOUNCE_MS);
	assert_int_equal(bench.read[2], 2);
	bench_finish(&bench);
}

static void news_of_others_and_heartbeats_are_passed_over(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 1);
	bench_say_changed(&bench, 0, "s99");
	bench_say_heartbeat(&bench, 0);
	bench_pass(&bench, 60000);
	assert_int_equal(bench.read[1], 0);
	bench_finish(&bench);
}

static void who_comes_later_joins_the_stream_soon(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 1);
	bench_watch(&bench, 2, 3);
	assert_int_equal(bench_grant_all(&bench), 2);
	assert_int_equal(bench_opens(&bench), -1);
	bench_pass(&bench, SUBSCRIPTIONS_GATHER_MS);
	assert_int_equal(bench_closes(&bench), 1);
	bench_say_ok(&bench, bench_opens(&bench));
	assert_int_equal(bench.subscriptions.n_notified, 3);
	assert_int_equal(bench.read[1], 0); // nothing was missed
	assert_int_equal(bench.read[2], 1);
	assert_int_equal(bench_opens(&bench), -1);
	bench_finish(&bench);
}

static void groups_hold_two_hundred(void **state)
{
	(void)state;
	static struct subscriptions_bench bench;
	bench_init(&bench, 2);
	bench_watch(&bench, 1, 450);
	assert_int_equal(bench_grant_all(&bench), 1);
	bench_pass(&bench, 1);
	bench_say_ok(&bench, bench_opens(&bench));
	assert_int_equal(bench_grant_all(&bench), 399);
	bench_pass(&bench, SUBSCRIPTIONS_GATHER_MS);
	for (int i = 0; i < 2; i++)
		bench_say_ok(&bench, bench_opens(&bench));
	assert_int_equal(bench_opens(&bench), -1);
	assert_int_equal(bench.subscriptions.n_notified, 400);
	assert_false(bench.notified[401]);
	/* Who waited takes the place of who leaves, whose subscription is ended. */
	bench_unwatch(&bench, 7);
	assert_true(bench_asks(&bench, 0));
	assert_non_null(strstr(bench.request.header, "/Unsubscribe"));
	assert_string_equal(bench.address, "p7@example.com");
	assert_string_equal(bench.anchor, "p1@example.com");
	assert_non_null(strstr(buf_text(&bench.body), ">s7<"));
	assert_true(bench_asks(&bench, 1));
	assert_string_equal(bench.address, "p401@example.com");
	bench_finish(&bench);
}

static void each_site_has_streams_of_its_own(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 2);
	bench.site[2] = 5;
	bench.site[3] = SITES_NONE;
	bench_watch(&bench, 1, 4);
	(void)bench_grant_all(&bench);
	bench_pass(&bench, 1);
	bench_say_ok(&bench, bench_opens(&bench));
	assert_int_equal(bench_grant_all(&bench), 2);
	bench_pass(&bench, SUBSCRIPTIONS_GATHER_MS);
	assert_int_equal(bench_opens(&bench), 0);
	assert_true(bench_has_id(&bench, "s1") && bench_has_id(&bench, "s4"));
	bench_say_ok(&bench, 0);
	assert_int_equal(bench_opens(&bench), 1);
	assert_true(bench_has_id(&bench, "s2"));
	assert_string_equal(bench.anchor, "p2@example.com");
	bench_say_ok(&bench, 1);
	assert_false(bench.notified[3]); // nobody knows where it is
	bench_finish(&bench);
}

static void who_moves_to_another_site_is_subscribed_there(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 2);
	bench_settle(&bench, 3);
	mailboxes_find(&bench.mailboxes, 1)->site = 5; // the anchor
	subscriptions_moved(&bench.subscriptions, &bench.now);
	assert_false(bench.notified[1]);
	assert_true(bench_asks(&bench, 0));
	assert_non_null(strstr(bench.request.header, "/Unsubscribe"));
	assert_true(bench_asks(&bench, 1));
	assert_string_equal(bench.address, "p1@example.com");
	assert_string_equal(bench.anchor, "p1@example.com");
	assert_string_equal(bench.cookie, "");
	bench_pass(&bench, 2000);
	assert_true(bench_asks(&bench, 2)); // the others have another anchor
	assert_string_not_equal(bench.anchor, "p1@example.com");
	bench_finish(&bench);
}

static void streams_are_opened_one_after_the_other(void **state)
{
	(void)state;
	static struct subscriptions_bench bench;
	bench_init(&bench, 3);
	bench_watch(&bench, 1, 600);
	(void)bench_grant_all(&bench);
	bench_pass(&bench, 1);
	bench_say_ok(&bench, bench_opens(&bench));
	assert_int_equal(bench_grant_all(&bench), 599);
	bench_pass(&bench, SUBSCRIPTIONS_GATHER_MS);
	int first = bench_opens(&bench);
	assert_true(first >= 0);
	assert_int_equal(bench_opens(&bench), -1);
	assert_null(subscriptions_outcome(&bench.subscriptions, (unsigned)first));
	bench_say_ok(&bench, first);
	assert_true(bench_opens(&bench) >= 0);
	bench_finish(&bench);
}

static void who_is_dropped_before_the_answer_is_unsubscribed_after_it(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_watch(&bench, 1, 1);
	assert_true(bench_asks(&bench, 0));
	bench_unwatch(&bench, 1);
	bench_grant(&bench, 0, "server-a");
	assert_true(bench_asks(&bench, 0));
	assert_non_null(strstr(bench.request.header, "/Unsubscribe"));
	assert_string_equal(bench.address, "p1@example.com");
	bench_finish(&bench);
}

static void a_clean_stop_ends_all_subscriptions(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 1);
	bench_settle(&bench, 3);
	subscriptions_stop(&bench.subscriptions);
	assert_int_equal(bench_closes(&bench), 1);
	assert_int_equal(bench_opens(&bench), -1);
	for (int i = 0; i < 3; i++) {
		assert_false(subscriptions_has_stopped(&bench.subscriptions));
		assert_true(bench_asks(&bench, 0));
		assert_non_null(strstr(bench.request.header, "/Unsubscribe"));
		assert_string_equal(bench.cookie, "server-a");
		bench_refuse(&bench, 0, "NoError");
	}
	assert_true(subscriptions_has_stopped(&bench.subscriptions));
	bench_watch(&bench, 4, 4);
	assert_false(bench_asks(&bench, 0));
	bench_finish(&bench);
}

static void what_is_to_be_ended_has_a_maximum(void **state)
{
	(void)state;
	static struct subscriptions_bench bench;
	bench_init(&bench, 6);
	bench_watch(&bench, 1, 1100);
	(void)bench_grant_all(&bench);
	bench_pass(&bench, 1);
	bench_say_ok(&bench, bench_opens(&bench));
	assert_int_equal(bench_grant_all(&bench), 1099);
	subscriptions_stop(&bench.subscriptions);
	assert_int_equal(
		bench.subscriptions.n_unsubscribes, SUBSCRIPTIONS_UNSUBSCRIBES_MAX);
	bench_finish(&bench);
}

static void nothing_happens_while_notifications_are_off(void **state)
{
	(void)state;
	struct subscriptions_bench bench;
	bench_init(&bench, 0);
	bench_watch(&bench, 1, 3);
	assert_false(bench_asks(&bench, 0));
	assert_int_equal(subscriptions_due(&bench.subscriptions), INT64_MAX);
	bench_finish(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_goes_alone_and_its_server_serves_all),
		cmocka_unit_test(
			a_stream_has_all_subscriptions_and_the_affinity_of_the_group),
		cmocka_unit_test(a_new_subscription_is_read_once_when_its_stream_is_open),
		cmocka_unit_test(many_events_of_one_change_are_one_reading),
		cmocka_unit_test(news_of_others_and_heartbeats_are_passed_over),
		cmocka_unit_test(who_comes_later_joins_the_stream_soon),
		cmocka_unit_test(groups_hold_two_hundred),
		cmocka_unit_test(each_site_has_streams_of_its_own),
		cmocka_unit_test(who_moves_to_another_site_is_subscribed_there),
		cmocka_unit_test(streams_are_opened_one_after_the_other),
		cmocka_unit_test(
			who_is_dropped_before_the_answer_is_unsubscribed_after_it),
		cmocka_unit_test(a_clean_stop_ends_all_subscriptions),
		cmocka_unit_test(what_is_to_be_ended_has_a_maximum),
		cmocka_unit_test(nothing_happens_while_notifications_are_off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
