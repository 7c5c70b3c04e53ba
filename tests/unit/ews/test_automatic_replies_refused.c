#include "automatic_replies_bench.h"
#include "test.h"

#include <string.h>

/* What happens where Exchange tells nothing of automatic replies. */

static void one_that_is_refused_is_asked_seldom_and_nobody_is_told(void **state)
{
	(void)state;
	struct bench bench;
	bench_begin(&bench, true);
	for (uint32_t id = 1; id <= 4; id++)
		bench_watch(&bench, id, 0);
	bench_wait(&bench);
	struct outcome outcome =
		bench_answer(&bench, 500, FAULT("ErrorImpersonateUserDenied"));
	assert_int_equal(outcome.class, OUTCOME_USE);
	assert_string_equal(outcome.code, "ErrorImpersonateUserDenied");
	for (uint32_t id = 2; id <= 4; id++) {
		bench_wait(&bench);
		(void)bench_answer(&bench, 200, SETTINGS("Disabled"));
	}
	assert_int_equal(bench.n, 3);
	assert_int_equal(bench.state.n_hints, 0);
	assert_int_equal(schedule_due(&bench.replies.poller.schedule, SCHEDULE_FAILING) >
				 1000 + 3599 * INT64_C(1000),
		1);
	bench_end(&bench);
}

static void a_refusal_for_all_is_told_once_and_tried_seldom(void **state)
{
	(void)state;
	struct bench bench;
	bench_begin(&bench, true);
	for (uint32_t id = 1; id <= 9; id++)
		bench_watch(&bench, id, 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(bench.state.n_hints, 0);
		bench_wait(&bench);
		assert_int_equal(bench_answer(&bench, 500, NOT_OWNER).class, OUTCOME_USE);
	}
	assert_int_equal(bench.state.n_hints, 1);
	assert_non_null(
		strstr(bench.state.hints[bench.state.n_hints - 1], "AccessDenied"));
	assert_non_null(strstr(
		bench.state.hints[bench.state.n_hints - 1], "take impersonate away"));
	assert_int_equal(bench_due(&bench), bench.now.mono_ms + OOF_PAUSE_MS);
	bench_wait(&bench);
	(void)bench_answer(&bench, 500, NOT_OWNER);
	assert_int_equal(bench.state.n_hints, 1);
	bench_wait(&bench);
	(void)bench_answer(&bench, 200, SETTINGS("Enabled"));
	bench_wait(&bench);
	assert_true(bench.now.mono_ms < 1000 + 3 * OOF_PAUSE_MS);
	bench_end(&bench);
}

static void switched_off_mail_tips_are_told(void **state)
{
	(void)state;
	struct bench bench;
	bench_begin(&bench, false);
	for (uint32_t id = 1; id <= 9; id++)
		bench_watch(&bench, id, 0);
	bench_wait(&bench);
	assert_int_equal(bench_answer(&bench, 200, REFUSED).class, OUTCOME_USE);
	assert_int_equal(bench.state.n_hints, 1);
	assert_non_null(strstr(
		bench.state.hints[bench.state.n_hints - 1], "ErrorMailTipsDisabled"));
	assert_true(bench_due(&bench) >= bench.now.mono_ms + OOF_PAUSE_MS);
	bench_wait(&bench);
	(void)bench_answer(&bench, 500, FAULT("ErrorMailTipsDisabled"));
	assert_int_equal(bench.state.n_hints, 1);
	assert_true(bench_due(&bench) >= bench.now.mono_ms + OOF_PAUSE_MS);
	bench_end(&bench);
}

static void one_bad_address_is_found_by_halving(void **state)
{
	(void)state;
	struct bench bench;
	size_t asked = 0;
	bench_begin(&bench, false);
	for (uint32_t id = 1; id <= 8; id++)
		bench_watch(&bench, id, 0);
	while (bench.n < 7) {
		bench_wait(&bench);
		size_t n = bench_count(buf_text(&bench.body), "<t:Mailbox>");
		struct buf text;
		assert_true(++asked < 20);
		if (strstr(buf_text(&bench.body), "<t:Mailbox><t:EmailAddress>p5@")) {
			struct outcome outcome = bench_answer(
				&bench, 500, FAULT("ErrorMailRecipientNotFound"));
			assert_int_equal(outcome.class, OUTCOME_USE);
			continue;
		}
		buf_init(&text, 1 << 16);
		buf_puts(&text, HEAD "<m:GetMailTipsResponse><m:ResponseMessages>");
		while (n-- > 0)
			buf_puts(&text, OFF);
		buf_puts(&text, "</m:ResponseMessages></m:GetMailTipsResponse>" TAIL);
		(void)bench_answer(&bench, 200, buf_text(&text));
		buf_finish(&text);
	}
	assert_int_equal(bench.state.n_hints, 0);
	bench_end(&bench);
}

static void a_wrong_count_is_not_used(void **state)
{
	(void)state;
	struct bench bench;
	bench_begin(&bench, false);
	bench_watch(&bench, 1, 0);
	bench_watch(&bench, 2, 0);
	bench_wait(&bench);
	(void)bench_answer(&bench, 200, TIPS(ON("")));
	assert_int_equal(bench.n, 0);
	bench_end(&bench);
}

static void what_is_not_answered_is_for_calendars_to_judge(void **state)
{
	(void)state;
	struct bench bench;
	bench_begin(&bench, true);
	bench_watch(&bench, 1, 0);
	bench_watch(&bench, 2, 0);
	bench_wait(&bench);
	assert_int_equal(bench_answer(&bench, 500, "").scope, SCOPE_NONE);
	assert_int_equal(bench_due(&bench), bench.now.mono_ms + OOF_TROUBLE_MS);
	bench_wait(&bench);
	assert_int_equal(bench_answer(&bench, 404, "").scope, SCOPE_NONE);
	bench_wait(&bench);
	(void)bench_answer(&bench, 200, SETTINGS("Disabled"));
	assert_int_equal(bench.n, 1);
	bench_end(&bench);
}

static void what_holds_back_all_is_the_account(void **state)
{
	(void)state;
	struct bench bench;
	bench_begin(&bench, true);
	bench_watch(&bench, 1, 0);
	bench_wait(&bench);
	struct outcome outcome = bench_answer(&bench, 503, "");
	assert_int_equal(outcome.class, OUTCOME_BACK_OFF);
	assert_true(outcome.back_off_ms >= 1000);
	assert_true(bench_ask(&bench)); // as if it had not been asked
	assert_int_equal(bench_answer(&bench, 401, "").class, OUTCOME_DENIED);
	assert_true(bench_ask(&bench));
	const struct request_source *source = &bench.replies.source;
	const struct outcome denied = {.class = OUTCOME_DENIED, .scope = SCOPE_ACCOUNT};
	outcome = source->done(source->self, 0,
		&(struct request_reply){.outcome = &denied, .cookie = ""}, &bench.now);
	assert_int_equal(outcome.class, OUTCOME_DENIED);
	assert_int_not_equal(outcome.scope, SCOPE_NONE);
	assert_true(bench_ask(&bench));
	bench_end(&bench);
}

static void a_busy_mailbox_waits_alone(void **state)
{
	(void)state;
	struct bench bench;
	bench_begin(&bench, true);
	bench_watch(&bench, 1, 0);
	bench_watch(&bench, 2, 0);
	bench_wait(&bench);
	assert_string_equal(bench.request.charged_to, "p1@example.com");
	struct outcome outcome = bench_answer(&bench, 500, FAULT("ErrorServerBusy"));
	assert_int_equal(outcome.class, OUTCOME_BACK_OFF);
	assert_int_equal(outcome.scope, SCOPE_MAILBOX);
	assert_true(bench_ask(&bench));
	assert_string_equal(bench.request.charged_to, "p2@example.com");
	(void)bench_answer(&bench, 200, SETTINGS("Disabled"));
	assert_int_equal(bench.n, 1);
	bench_pass(&bench, 59999);
	assert_false(bench_ask(&bench));
	bench_wait(&bench);
	assert_string_equal(bench.request.charged_to, "p1@example.com");
	(void)bench_answer(&bench, 200, SETTINGS("Disabled"));
	assert_int_equal(bench.n, 2);
	bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_is_refused_is_asked_seldom_and_nobody_is_told),
		cmocka_unit_test(a_refusal_for_all_is_told_once_and_tried_seldom),
		cmocka_unit_test(switched_off_mail_tips_are_told),
		cmocka_unit_test(one_bad_address_is_found_by_halving),
		cmocka_unit_test(a_wrong_count_is_not_used),
		cmocka_unit_test(what_is_not_answered_is_for_calendars_to_judge),
		cmocka_unit_test(what_holds_back_all_is_the_account),
		cmocka_unit_test(a_busy_mailbox_waits_alone),
	};
	return cmocka_run_group_tests_name("replies refused", tests, NULL, NULL);
}
