#include "automatic_replies_bench.h"
#include "test.h"

#include <string.h>

/* Who is asked for automatic replies, when, and what comes of it. */

static void nobody_is_asked_unless_it_is_wanted(void **state)
{
	(void)state;
	struct bench bench;
	bench_begin_off(&bench);
	bench_watch(&bench, 1, 0);
	assert_int_equal(bench_due(&bench), INT64_MAX);
	assert_int_equal(bench.replies.poller.schedule.n, 0);
	automatic_replies_unwatch(&bench.replies, mailboxes_find(&bench.mailboxes, 1));
	bench_end(&bench);
}

static void with_impersonation_each_is_asked_in_his_name(void **state)
{
	(void)state;
	struct bench bench;
	bench_begin(&bench, true);
	bench_watch(&bench, 7, 0);
	bench_wait(&bench);
	assert_string_equal(bench.anchor, "p7@example.com");
	assert_non_null(strstr(
		buf_text(&bench.body), "<t:SmtpAddress>p7@example.com</t:SmtpAddress>"));
	assert_non_null(strstr(buf_text(&bench.body), "GetUserOofSettingsRequest"));
	assert_int_equal(bench_due(&bench), INT64_MAX); // one at a time
	assert_int_equal(
		bench_answer(&bench, 200, SETTINGS("Scheduled")).class, OUTCOME_USE);
	assert_int_equal(bench.n, 1);
	assert_int_equal(bench.last.mailbox, 7);
	assert_int_equal(bench.last.at, now_utc_s(&bench.now));
	assert_int_equal(bench.last.from, UTC + 3600);
	assert_int_equal(bench.last.to, UTC + 7200);
	assert_in_range(bench_due(&bench) - bench.now.mono_ms, 1, INTERVAL_S * 1000);
	bench_end(&bench);
}

static void without_it_fifty_are_asked_at_once(void **state)
{
	(void)state;
	struct bench bench;
	bench_begin(&bench, false);
	for (uint32_t id = 1; id <= 51; id++)
		bench_watch(&bench, id, 0);
	bench_wait(&bench);
	assert_string_equal(bench.anchor, "p1@example.com");
	assert_null(strstr(buf_text(&bench.body), "Impersonation"));
	assert_int_equal(bench_count(buf_text(&bench.body), "<t:Mailbox>"), 50);
	bench_end(&bench);
}

static void a_tip_counts_from_now_to_its_end_or_twice_the_interval(void **state)
{
	(void)state;
	struct bench bench;
	bench_begin(&bench, false);
	bench_watch(&bench, 1, 0);
	bench_wait(&bench);
	(void)bench_answer(&bench, 200,
		TIPS(ON("<t:Duration><t:StartTime>2027-01-01T00:00:00</t:StartTime>"
			"<t:EndTime>2027-01-15T09:00:00</t:EndTime></t:Duration>")));
	assert_int_equal(bench.last.from, now_utc_s(&bench.now));
	assert_int_equal(bench.last.to, UTC + 3600);
	bench_wait(&bench);
	(void)bench_answer(&bench, 200, TIPS(ON("")));
	assert_int_equal(bench.last.from, now_utc_s(&bench.now));
	assert_in_range(bench.last.to - now_utc_s(&bench.now), 2 * INTERVAL_S + 60,
		3 * INTERVAL_S - 60);
	bench_wait(&bench);
	(void)bench_answer(&bench, 200, TIPS(OFF));
	assert_int_equal(bench.n, 3);
	assert_int_equal(bench.last.from, bench.last.to);
	bench_end(&bench);
}

static void what_is_pending_is_asked_again_soon(void **state)
{
	(void)state;
	struct bench bench;
	bench_begin(&bench, false);
	bench_watch(&bench, 1, 0);
	bench_wait(&bench);
	assert_int_equal(bench_answer(&bench, 200, TIPS(PENDING)).class, OUTCOME_USE);
	assert_int_equal(bench.n, 0);
	assert_in_range(bench_due(&bench) - bench.now.mono_ms, 1, 20000);
	bench_end(&bench);
}

static void a_known_word_is_renewed_in_its_time(void **state)
{
	(void)state;
	struct bench bench;
	bench_begin(&bench, true);
	bench_watch(&bench, 1, UTC - INTERVAL_S + 100);
	assert_int_equal(bench_due(&bench), bench.now.mono_ms + 100000);
	bench_end(&bench);
}

static void many_are_spread_over_the_interval(void **state)
{
	(void)state;
	struct bench bench;
	size_t in_first_half = 0;
	bench_begin(&bench, true);
	for (uint32_t id = 1; id <= 200; id++)
		bench_watch(&bench, id, 0);
	for (size_t i = 0; i < 200; i++) {
		bench_wait(&bench);
		(void)bench_answer(&bench, 200, SETTINGS("Disabled"));
	}
	int64_t begun_ms = bench.now.mono_ms;
	for (size_t i = 0; i < 200; i++) {
		bench_wait(&bench);
		in_first_half += bench.now.mono_ms - begun_ms < INTERVAL_S * 500;
		(void)bench_answer(&bench, 200, SETTINGS("Disabled"));
	}
	assert_in_range(in_first_half, 90, 110);
	assert_true(bench.now.mono_ms - begun_ms <= INTERVAL_S * 1000);
	assert_int_equal(bench.n, 400);
	bench_end(&bench);
}

static void who_is_unwatched_while_asked_is_forgotten(void **state)
{
	(void)state;
	struct bench bench;
	bench_begin(&bench, true);
	bench_watch(&bench, 1, 0);
	bench_wait(&bench);
	struct mailbox *mailbox = mailboxes_find(&bench.mailboxes, 1);
	automatic_replies_unwatch(&bench.replies, mailbox);
	mailboxes_remove(&bench.mailboxes, mailbox);
	(void)bench_answer(&bench, 200, SETTINGS("Enabled"));
	assert_int_equal(bench.n, 0);
	assert_int_equal(bench_due(&bench), INT64_MAX);
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_asked_unless_it_is_wanted),
		cmocka_unit_test(with_impersonation_each_is_asked_in_his_name),
		cmocka_unit_test(without_it_fifty_are_asked_at_once),
		cmocka_unit_test(a_tip_counts_from_now_to_its_end_or_twice_the_interval),
		cmocka_unit_test(what_is_pending_is_asked_again_soon),
		cmocka_unit_test(a_known_word_is_renewed_in_its_time),
		cmocka_unit_test(many_are_spread_over_the_interval),
		cmocka_unit_test(who_is_unwatched_while_asked_is_forgotten),
	};
	return cmocka_run_group_tests_name("replies", tests, NULL, NULL);
}
