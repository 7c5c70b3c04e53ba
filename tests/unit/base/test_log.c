#include "base/log.h"

#include "test.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct capture {
	FILE *stream;
	char *text;
	size_t len;
};

static void capture_start(struct capture *capture, enum log_level level, bool json)
{
	capture->stream = open_memstream(&capture->text, &capture->len);
	assert_non_null(capture->stream);
	(void)fflush(capture->stream); // only then text and len are valid
	log_setup(capture->stream, level, json);
}

static void capture_finish(struct capture *capture)
{
	log_setup(NULL, LOG_LEVEL_INFO, false);
	(void)fclose(capture->stream);
	free(capture->text);
}

/* What follows the time in the first line, whose digits are checked here. */
static const char *after_time(const char *text)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd.dddZ ";

	for (size_t i = 0; i < sizeof(shape) - 1; i++) {
		if (shape[i] == 'd')
			assert_in_range(text[i], '0', '9');
		else
			assert_int_equal(text[i], shape[i]);
	}
	return text + sizeof(shape) - 1;
}

static void a_line_has_time_level_and_message(void **state)
{
	struct capture capture;

	(void)state;
	capture_start(&capture, LOG_LEVEL_DEBUG, false);
	log_info("connected to \"%s\" port=%d", "meet.example.test", 5347);
	assert_string_equal(after_time(capture.text),
		"info connected to \"meet.example.test\" port=5347\n");
	capture_finish(&capture);
}

static void the_level_decides_what_is_written(void **state)
{
	struct capture capture;

	(void)state;
	capture_start(&capture, LOG_LEVEL_WARNING, false);
	log_info("no");
	log_debug("no");
	assert_int_equal(capture.len, 0);
	log_warning("yes");
	assert_string_equal(after_time(capture.text), "warning yes\n");
	capture_finish(&capture);
	capture_start(&capture, LOG_LEVEL_ERROR, false);
	log_warning("no");
	log_error("yes");
	assert_string_equal(after_time(capture.text), "error yes\n");
	capture_finish(&capture);
}

static void a_message_cannot_forge_a_line_or_steer_a_terminal(void **state)
{
	struct capture capture;

	(void)state;
	capture_start(&capture, LOG_LEVEL_INFO, false);
	log_info("%s", "a\nb\x1b[2J\xc2\x9b\xff caf\xc3\xa9");
	assert_string_equal(after_time(capture.text), "info a?b?[2J??? caf\xc3\xa9\n");
	capture_finish(&capture);
}

static void json_is_one_object_a_line(void **state)
{
	struct capture capture;

	(void)state;
	capture_start(&capture, LOG_LEVEL_INFO, true);
	log_info("said \"no\"\n");
	assert_memory_equal(capture.text, "{\"time\":\"", 9);
	assert_non_null(strstr(capture.text,
		"Z\",\"level\":\"info\",\"message\":\"said \\\"no\\\"?\"}\n"));
	capture_finish(&capture);
}

static void the_pairs_at_the_end_are_members_of_their_own_in_json(void **state)
{
	struct capture capture;

	(void)state;
	capture_start(&capture, LOG_LEVEL_INFO, true);
	log_info("a gateway of \"%s\" answers jid=\"%s\" port=%u software=\"%s %s\" "
		 "code=%s left=%lld",
		"hq", "a\"b", 5347U, "Exchange", "15.2", "500", -1LL);
	assert_non_null(strstr(capture.text,
		"\"message\":\"a gateway of \\\"hq\\\" answers\",\"jid\":\"a\\\"b\","
		"\"port\":5347,\"software\":\"Exchange 15.2\",\"code\":\"500\","
		"\"left\":-1}\n"));
	capture_finish(&capture);
	capture_start(&capture, LOG_LEVEL_INFO, true);
	log_info("n=%d", 1);
	assert_non_null(strstr(capture.text, "\"message\":\"\",\"n\":1}\n"));
	capture_finish(&capture);
}

static void a_text_that_looks_like_pairs_stays_a_text_in_json(void **state)
{
	struct capture capture;

	(void)state;
	capture_start(&capture, LOG_LEVEL_INFO, true);
	log_info("it fails: %s jid=\"%s\"", "x jid=\"eve\" level=info",
		"alice\" code=\"1");
	assert_non_null(strstr(capture.text,
		"\"message\":\"it fails: x jid=\\\"eve\\\" level=info\","
		"\"jid\":\"alice\\\" code=\\\"1\"}\n"));
	capture_finish(&capture);
	capture_start(&capture, LOG_LEVEL_INFO, true);
	log_info("set modes=\"%s\" or nothing", "user");
	assert_non_null(strstr(capture.text, "or nothing\"}\n"));
	capture_finish(&capture);
}

static void a_pair_beyond_the_cut_is_empty_and_json_stays_whole(void **state)
{
	struct capture capture;
	char text[4000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	capture_start(&capture, LOG_LEVEL_INFO, true);
	log_info("%s jid=\"%s\" n=%d", text, "alice", 1);
	assert_string_equal(
		capture.text + capture.len - strlen("x\",\"jid\":\"\",\"n\":\"\"}\n"),
		"x\",\"jid\":\"\",\"n\":\"\"}\n");
	capture_finish(&capture);
}

static void of_many_pairs_the_last_are_members(void **state)
{
	struct capture capture;

	(void)state;
	capture_start(&capture, LOG_LEVEL_INFO, true);
	log_info("m a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8 i=9");
	assert_non_null(strstr(capture.text, "\"message\":\"m a=1\",\"b\":\"2\""));
	assert_non_null(strstr(capture.text, "\"i\":\"9\"}\n"));
	capture_finish(&capture);
}

/* The first line that goes to a file, which counts as the journal if it should. */
static void log_to_file(
	void say(const char *format, ...), bool journal, char out_line[256])
{
	FILE *file = tmpfile();
	char name[64];
	struct stat stat;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &stat), 0);
	(void)snprintf(name, sizeof(name), "%ju:%ju", (uintmax_t)stat.st_dev,
		(uintmax_t)stat.st_ino + (journal ? 0 : 1));
	assert_int_equal(setenv("JOURNAL_STREAM", name, 1), 0);
	log_setup(file, LOG_LEVEL_DEBUG, false);
	say("%s", "heard");
	log_setup(NULL, LOG_LEVEL_INFO, false);
	assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
	rewind(file);
	assert_non_null(fgets(out_line, 256, file));
	(void)fclose(file);
}

static void a_line_for_the_journal_begins_with_its_priority(void **state)
{
	static const struct {
		void (*say)(const char *format, ...);
		const char *line;
	} cases[] = {
		{log_error, "<3>error heard\n"},
		{log_warning, "<4>warning heard\n"},
		{log_info, "<6>info heard\n"},
		{log_debug, "<7>debug heard\n"},
	};
	char line[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		log_to_file(cases[i].say, true, line);
		assert_memory_equal(line, cases[i].line, 3);
		assert_string_equal(after_time(line + 3), cases[i].line + 3);
		log_to_file(cases[i].say, false, line);
		assert_string_equal(after_time(line), cases[i].line + 3);
	}
}

static void a_long_message_is_cut_at_a_character(void **state)
{
	struct capture capture;
	char message[5000];

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(message); i += 2)
		memcpy(message + i, "\xc3\xa9", 3);
	capture_start(&capture, LOG_LEVEL_INFO, true);
	log_info("%s", message);
	assert_true(capture.len < 3000);
	assert_memory_equal(capture.text + capture.len - 6, "\xc3\xa9?\"}\n", 6);
	capture_finish(&capture);
}

static void errno_is_left_as_it_was(void **state)
{
	struct capture capture;

	(void)state;
	capture_start(&capture, LOG_LEVEL_INFO, false);
	errno = ENOENT;
	log_info("anything");
	assert_int_equal(errno, ENOENT);
	capture_finish(&capture);
}

static void every_level_has_a_name(void **state)
{
	struct capture capture;

	(void)state;
	capture_start(&capture, LOG_LEVEL_DEBUG, false);
	log_debug("heard");
	assert_string_equal(after_time(capture.text), "debug heard\n");
	capture_finish(&capture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_time_level_and_message),
		cmocka_unit_test(the_level_decides_what_is_written),
		cmocka_unit_test(a_message_cannot_forge_a_line_or_steer_a_terminal),
		cmocka_unit_test(json_is_one_object_a_line),
		cmocka_unit_test(the_pairs_at_the_end_are_members_of_their_own_in_json),
		cmocka_unit_test(a_text_that_looks_like_pairs_stays_a_text_in_json),
		cmocka_unit_test(a_pair_beyond_the_cut_is_empty_and_json_stays_whole),
		cmocka_unit_test(of_many_pairs_the_last_are_members),
		cmocka_unit_test(a_line_for_the_journal_begins_with_its_priority),
		cmocka_unit_test(a_long_message_is_cut_at_a_character),
		cmocka_unit_test(errno_is_left_as_it_was),
		cmocka_unit_test(every_level_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
