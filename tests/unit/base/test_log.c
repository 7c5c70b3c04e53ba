#include "base/log.h"

#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
		cmocka_unit_test(a_long_message_is_cut_at_a_character),
		cmocka_unit_test(errno_is_left_as_it_was),
		cmocka_unit_test(every_level_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
