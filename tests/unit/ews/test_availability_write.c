#include "ews/operations/availability.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

#define FROM INT64_C(1772442000) // 2026-03-02T09:00:00Z

static void write_for(struct buf *buf, const char *address, bool merged_only)
{
	struct availability_query query = {.addresses = &address,
		.n = 1,
		.from = FROM,
		.to = FROM + 86399,
		.merged_only = merged_only,
		.envelope = {.version = "Exchange2013"}};
	buf_init(buf, 1 << 20);
	availability_write(buf, &query);
}

static void the_window_is_asked_for_in_utc(void **state)
{
	(void)state;
	struct buf buf;
	write_for(&buf, "a@example.com", false);
	assert_false(buf.failed);
	const char *text = buf_text(&buf);
	assert_non_null(strstr(text, "<t:StartTime>2026-03-02T09:00:00</t:StartTime>"));
	assert_non_null(strstr(text, "<t:EndTime>2026-03-03T08:59:59</t:EndTime>"));
	assert_non_null(strstr(text, "<t:TimeZone><t:Bias>0</t:Bias>"));
	assert_non_null(strstr(text, "Version=\"Exchange2013\""));
	assert_non_null(strstr(text, "InMinutes>5</t:MergedFreeBusyIntervalInMinutes>"));
	buf_finish(&buf);
}

static void the_view_is_free_busy_or_merged_only(void **state)
{
	(void)state;
	struct buf buf;
	write_for(&buf, "a@example.com", false);
	assert_non_null(strstr(buf_text(&buf), "<t:RequestedView>FreeBusy<"));
	buf_finish(&buf);
	write_for(&buf, "a@example.com", true);
	assert_non_null(strstr(buf_text(&buf), "<t:RequestedView>MergedOnly<"));
	buf_finish(&buf);
}

static void addresses_are_escaped(void **state)
{
	(void)state;
	struct buf buf;
	write_for(&buf, "o'b&c<\"d\">@example.com", false);
	assert_non_null(strstr(buf_text(&buf), "&amp;c&lt;"));
	assert_null(strstr(buf_text(&buf), "b&c"));
	assert_null(strstr(buf_text(&buf), "<\"d\">"));
	buf_finish(&buf);
}

static void addresses_stand_in_their_order(void **state)
{
	(void)state;
	const char *addresses[GATEWAY_BATCH_MAX];
	for (size_t i = 0; i < GATEWAY_BATCH_MAX; i++)
		addresses[i] = i == 0    ? "first@x.test"
			       : i == 99 ? "last@x.test"
					 : "mid@x.test";
	struct availability_query query = {.addresses = addresses,
		.n = 100,
		.from = FROM,
		.to = FROM + 3600,
		.envelope = {.version = "Exchange2013"}};
	struct buf buf;
	buf_init(&buf, 1 << 20);
	availability_write(&buf, &query);
	assert_false(buf.failed);
	const char *first = strstr(buf_text(&buf), "first@x.test");
	const char *mid = strstr(buf_text(&buf), "mid@x.test");
	const char *last = strstr(buf_text(&buf), "last@x.test");
	assert_true(first && mid && last && first < mid && mid < last);
	buf_finish(&buf);
}

static void a_full_buffer_shows_in_failed(void **state)
{
	(void)state;
	const char *address = "a@example.com";
	struct availability_query query = {.addresses = &address,
		.n = 1,
		.from = FROM,
		.to = FROM + 3600,
		.envelope = {.version = "Exchange2013"}};
	struct buf buf;
	buf_init(&buf, 100);
	availability_write(&buf, &query);
	assert_true(buf.failed);
	buf_finish(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_window_is_asked_for_in_utc),
		cmocka_unit_test(the_view_is_free_busy_or_merged_only),
		cmocka_unit_test(addresses_are_escaped),
		cmocka_unit_test(addresses_stand_in_their_order),
		cmocka_unit_test(a_full_buffer_shows_in_failed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
