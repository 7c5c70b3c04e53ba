#include "ews/reading/manner.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

#define NOON INT64_C(1800000000)

static const struct moment now = {.mono_ms = 5000, .utc_s = NOON};
static const struct manner_query query = {
	.version = "Exchange2013", .from = NOON - 3600, .to = NOON + 86400};

static struct availability_mailbox error(const char *code)
{
	struct availability_mailbox result = {.fault = GATEWAY_FAULT_MAILBOX};
	(void)snprintf(result.code, sizeof result.code, "%s", code);
	return result;
}

static bool learn(struct manner *manner, const char *code)
{
	struct availability_mailbox result = error(code);
	return manner_learn(manner, &result, &query, &now);
}

static void other_errors_teach_nothing(void **state)
{
	(void)state;
	struct manner manner = {0};
	struct manner usual = {0};
	assert_false(learn(&manner, "ErrorMailRecipientNotFound"));
	assert_false(learn(&manner, ""));
	assert_true(manner_is_alike(&manner, &usual));
}

static void a_mailbox_with_digits_only_is_asked_for_digits(void **state)
{
	(void)state;
	struct manner manner = {0};
	struct manner usual = {0};
	assert_true(learn(&manner, "ErrorLegacyMailboxFreeBusyViewTypeNotMerged"));
	assert_true(manner.merged);
	assert_false(manner_is_alike(&manner, &usual));
	assert_true(manner_is_alike(&manner, &manner));
	assert_false(learn(&manner, "ErrorLegacyMailboxFreeBusyViewTypeNotMerged"));
}

static void entries_that_are_refused_are_left_for_a_day(void **state)
{
	(void)state;
	struct manner manner = {.wants_items = true, .items = true};
	struct manner usual = {0};
	struct availability_mailbox refused = error("ErrorAccessDenied");
	struct availability_mailbox late = error("ErrorTimeoutExpired");
	refused.fault = GATEWAY_FAULT_AUTHZ;
	late.fault = GATEWAY_FAULT_TRANSIENT;
	assert_false(manner_is_alike(&manner, &manner));
	assert_false(manner_learn(&manner, &late, &query, &now));
	assert_true(manner.items);
	assert_true(manner_learn(&manner, &refused, &query, &now));
	assert_false(manner.items);
	assert_true(manner_is_alike(&manner, &usual));
	assert_false(manner_learn(&manner, &refused, &query, &now));
	manner_renew(&manner, now.mono_ms + MANNER_LASTS_MS - 1);
	assert_false(manner.items);
	manner_renew(&manner, now.mono_ms + MANNER_LASTS_MS);
	assert_true(manner.items);
}

static void an_older_mailbox_is_asked_in_its_version(void **state)
{
	(void)state;
	struct manner manner = {0};
	struct manner usual = {0};
	assert_true(learn(&manner, "ErrorInvalidSchemaVersionForMailboxVersion"));
	assert_string_equal(manner.version, "Exchange2010_SP2");
	assert_false(manner_is_alike(&manner, &usual));
	struct manner_query lowest = query;
	lowest.version = "Exchange2007_SP1";
	struct availability_mailbox result =
		error("ErrorInvalidSchemaVersionForMailboxVersion");
	assert_false(manner_learn(&manner, &result, &lowest, &now));
}

static void what_was_learnt_is_tried_anew_a_day_later(void **state)
{
	(void)state;
	struct manner manner = {0};
	assert_true(learn(&manner, "ErrorLegacyMailboxFreeBusyViewTypeNotMerged"));
	assert_true(learn(&manner, "ErrorInvalidSchemaVersionForMailboxVersion"));
	manner_renew(&manner, now.mono_ms + MANNER_LASTS_MS - 1);
	assert_true(manner.merged);
	manner_renew(&manner, now.mono_ms + MANNER_LASTS_MS);
	assert_false(manner.merged);
	assert_null(manner.version);
}

static void a_calendar_that_is_too_full_is_read_alone_and_in_pieces(void **state)
{
	(void)state;
	struct manner manner = {0};
	struct gateway_calendar calendar;
	static struct gateway_event events[AVAILABILITY_EVENTS_MAX];
	assert_true(learn(&manner, "ErrorResultSetTooBig"));
	assert_false(manner_is_alike(&manner, &manner));
	int64_t from = query.from;
	int64_t to = query.to;
	manner_window(&manner, &from, &to, NOON);
	assert_int_equal(from, query.from);
	assert_int_equal(to, query.from + 45000);
	for (int64_t i = 0; i < AVAILABILITY_EVENTS_MAX; i++)
		events[i] =
			(struct gateway_event){.start = NOON + i, .end = NOON + i + 60};
	assert_int_equal(manner_add(&manner, events, AVAILABILITY_EVENTS_MAX, &calendar),
		PIECES_MORE);
	assert_int_equal(manner_add(&manner, NULL, 0, &calendar), PIECES_WHOLE);
	assert_int_equal(calendar.n, AVAILABILITY_EVENTS_MAX);
	assert_int_equal(calendar.from, query.from);
	assert_int_equal(calendar.to, query.to);
	manner_done(&manner);
	/* The next time it begins with pieces of that length. */
	from = query.from + 300;
	to = query.to + 300;
	manner_window(&manner, &from, &to, NOON + 300);
	assert_int_equal(to, query.from + 300 + 45000);
	manner_done(&manner);
}

static void a_calendar_that_was_tidied_up_is_read_like_others(void **state)
{
	(void)state;
	struct manner manner = {0};
	struct manner usual = {0};
	struct gateway_calendar calendar;
	struct availability_mailbox result = {
		.fault = GATEWAY_FAULT_MAILBOX, .truncated = true};
	assert_true(manner_learn(&manner, &result, &query, &now));
	assert_int_equal(manner_add(&manner, NULL, 0, &calendar), PIECES_MORE);
	assert_int_equal(manner_add(&manner, NULL, 0, &calendar), PIECES_WHOLE);
	manner_done(&manner);
	assert_true(manner_is_alike(&manner, &usual));
}

static void an_hour_too_full_is_the_end(void **state)
{
	(void)state;
	struct manner manner = {0};
	unsigned tries = 0;
	while (learn(&manner, "ErrorResultSetTooBig"))
		assert_true(++tries < 10);
	assert_int_equal(tries, 5); // 25 h: 12.5, 6.25, 3.1, 1.6, 1
	manner_done(&manner);
	int64_t from = query.from;
	int64_t to = query.to;
	manner_window(&manner, &from, &to, NOON);
	assert_int_equal(to - from, PIECES_SPAN_MIN_S);
	manner_done(&manner);
}

static void a_window_of_an_hour_has_no_pieces(void **state)
{
	(void)state;
	struct manner manner = {0};
	struct manner_query hour = {
		.version = "Exchange2013", .from = NOON, .to = NOON + 3660};
	struct availability_mailbox result = error("ErrorResultSetTooBig");
	assert_false(manner_learn(&manner, &result, &hour, &now));
	assert_null(manner.pieces);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_errors_teach_nothing),
		cmocka_unit_test(a_mailbox_with_digits_only_is_asked_for_digits),
		cmocka_unit_test(entries_that_are_refused_are_left_for_a_day),
		cmocka_unit_test(an_older_mailbox_is_asked_in_its_version),
		cmocka_unit_test(what_was_learnt_is_tried_anew_a_day_later),
		cmocka_unit_test(a_calendar_that_is_too_full_is_read_alone_and_in_pieces),
		cmocka_unit_test(a_calendar_that_was_tidied_up_is_read_like_others),
		cmocka_unit_test(an_hour_too_full_is_the_end),
		cmocka_unit_test(a_window_of_an_hour_has_no_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
