#include "graph/json/graph_json.h"
#include "graph/json/graph_time.h"
#include "graph/operations/graph_path.h"
#include "graph/operations/reply_settings.h"
#include "graph/operations/schedules.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

/* Reads {"x": "TEXT"} from memory of just its size, so that nothing behind it is read. */
static void check_text(const char *text, size_t n, const char *wanted)
{
	size_t size = n + 8;
	char *bytes = malloc(size);
	assert_non_null(bytes);
	memcpy(bytes, "{\"x\":\"", 6);
	memcpy(bytes + 6, text, n);
	memcpy(bytes + 6 + n, "\"}", 2);
	json_t *json = graph_json_load(bytes, size);
	free(bytes);
	assert_non_null(json);
	assert_string_equal(graph_json_text(json, "x"), wanted);
	json_decref(json);
}

#define CHECK(text, wanted) check_text(text, sizeof(text) - 1, wanted)

static void no_string_makes_an_answer_unreadable(void **state)
{
	(void)state;
	CHECK("plain", "plain");
	CHECK("\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041", "\"\\/\b\f\n\r\tA");
	CHECK("\\ud83d\\ude00", "\xf0\x9f\x98\x80");
	CHECK("a\\ud800b", "a\xef\xbf\xbd"
			   "b");
	CHECK("\\ud800\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80");
	CHECK("\\udc00", "\xef\xbf\xbd");
	CHECK("\\u0000", "\xef\xbf\xbd");
	CHECK("\\x", "?x");
	CHECK("\\u12", "?u12");
	CHECK("\\ud83d\\u0041", "\xef\xbf\xbd"
				"A");
	CHECK("\n\t\x01\0", "????");
	CHECK("\xc0\xaf\xff", "???");
	CHECK("\xc3\xb6", "\xc3\xb6");
}

static void what_is_no_json_is_refused(void **state)
{
	static const char *const texts[] = {"", "{", "{\"x\":1", "[]]", "{} {}", "null",
		"{\"x\":1,\"x\":2}", "{\"x\":1e999}", "{\"x\":\"\\", "{\"x\":\"\\ud8",
		"\xef\xbb", "\xff\xfe{\0}\0"};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_null(graph_json_load(texts[i], strlen(texts[i])));
}

static void depth_and_size_have_a_limit(void **state)
{
	char deep[2 * (GRAPH_JSON_DEPTH_MAX + 1)];
	const size_t half = GRAPH_JSON_DEPTH_MAX + 1;
	(void)state;
	memset(deep, '[', half);
	memset(deep + half, ']', half);
	assert_null(graph_json_load(deep, sizeof deep));
	json_t *json = graph_json_load(deep + 1, sizeof deep - 2);
	assert_non_null(json);
	json_decref(json);
	char *big = malloc(GRAPH_JSON_MAX + 1);
	assert_non_null(big);
	memset(big, ' ', GRAPH_JSON_MAX + 1);
	memcpy(big, "[]", 2);
	assert_null(graph_json_load(big, GRAPH_JSON_MAX + 1));
	json = graph_json_load(big, GRAPH_JSON_MAX);
	assert_non_null(json);
	json_decref(json);
	free(big);
}

static void only_unreserved_characters_stay_in_a_path(void **state)
{
	struct buf buf;
	(void)state;
	buf_init(&buf, 4096);
	graph_path_put(&buf, "o'b+c/d?e%f_g.com#EXT#@x-y~z.test", "/calendar");
	assert_string_equal(buf_text(&buf),
		"/users/o%27b%2Bc%2Fd%3Fe%25f_g.com%23EXT%23%40x-y~z.test/calendar");
	buf_finish(&buf);
}

static void a_question_is_json_whatever_the_address(void **state)
{
	const char *addresses[] = {"alice@example.com", "\"o\\x\"@example.com"};
	struct buf buf;
	(void)state;
	buf_init(&buf, 4096);
	schedules_write(&buf, &(struct schedules_query){.addresses = addresses,
				      .n = 2,
				      .from = 1796083200,
				      .to = 1796083200 + 86400,
				      .slot_s = SCHEDULES_SLOT_S});
	assert_string_equal(buf_text(&buf),
		"{\"schedules\":[\"alice@example.com\",\"\\\"o\\\\x\\\"@example.com\"],"
		"\"startTime\":{\"dateTime\":\"2026-12-01T00:00:00\",\"timeZone\":"
		"\"UTC\"},"
		"\"endTime\":{\"dateTime\":\"2026-12-02T00:00:00\",\"timeZone\":\"UTC\"},"
		"\"availabilityViewInterval\":5}");
	buf_reset(&buf);
	reply_settings_write(&buf, addresses, 2);
	json_t *json = graph_json_load(buf.data, buf.len);
	assert_non_null(json);
	const json_t *part = json_array_get(json_object_get(json, "requests"), 1);
	assert_string_equal(graph_json_text(part, "id"), "1");
	assert_string_equal(graph_json_text(part, "url"),
		"/users/%22o%5Cx%22%40example.com/mailboxSettings/"
		"automaticRepliesSetting");
	json_decref(json);
	buf_finish(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_string_makes_an_answer_unreadable),
		cmocka_unit_test(what_is_no_json_is_refused),
		cmocka_unit_test(depth_and_size_have_a_limit),
		cmocka_unit_test(only_unreserved_characters_stay_in_a_path),
		cmocka_unit_test(a_question_is_json_whatever_the_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
