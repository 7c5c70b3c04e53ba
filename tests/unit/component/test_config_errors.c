#include "base/buf.h"
#include "component/settings/config.h"
#include "test.h"

#include <string.h>

static void say(void *context, const char *line, bool is_warning)
{
	buf_printf(context, "%s%s\n", is_warning ? "~" : "", line);
}

/* All that is wrong with so many unknown keys. */
static void complain(size_t unknown_keys, struct buf *out)
{
	struct config_errors errors = {0};
	struct config *config;
	struct buf text;

	buf_init(&text, 1024 * 1024);
	for (size_t i = 0; i < unknown_keys; i++)
		buf_printf(&text, "unknown%zu = 1;\n", i);
	config = config_load_text("a.conf", buf_text(&text), 1, &errors);
	assert_null(config);
	config_errors_each(&errors, say, out);
	assert_int_equal(errors.n + errors.n_warnings > errors.kept,
		strstr(buf_text(out), " more errors\n") != NULL);
	config_errors_finish(&errors);
	buf_finish(&text);
}

static void few_errors_are_all_said(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1024 * 1024);
	complain(1, &out);
	assert_non_null(strstr(buf_text(&out), "a.conf:1: "));
	assert_null(strstr(buf_text(&out), "more errors"));
	buf_finish(&out);
}

static void of_many_errors_it_is_said_how_many_more_there_are(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1024 * 1024);
	complain(5000, &out);
	assert_non_null(strstr(buf_text(&out), "\nand "));
	assert_non_null(strstr(buf_text(&out), " more errors\n"));
	buf_finish(&out);
}

static void a_warning_is_said_as_one(void **state)
{
	struct config_errors errors = {0};
	struct buf out;

	(void)state;
	buf_init(&out, 1024 * 1024);
	config_errors_warn(&errors, "a.conf", 7, "odd");
	config_errors_each(&errors, say, &out);
	assert_string_equal(buf_text(&out), "~a.conf:7: warning: odd\n");
	buf_reset(&out);
	for (size_t i = errors.n_warnings; i < 201; i++)
		config_errors_warn(&errors, "a.conf", 7, "odd");
	config_errors_each(&errors, say, &out);
	assert_non_null(strstr(buf_text(&out), "\n~and 1 more warnings\n"));
	config_errors_finish(&errors);
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_errors_are_all_said),
		cmocka_unit_test(of_many_errors_it_is_said_how_many_more_there_are),
		cmocka_unit_test(a_warning_is_said_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
