#include "ews/soap/version.h"

#include "test.h"

static void the_newest_is_asked_for_first(void **state)
{
	(void)state;
	struct version version;
	version_init(&version);
	assert_string_equal(version_current(&version, 0), "Exchange2013");
	assert_false(version_is_low(&version));
}

static void each_refusal_leads_one_lower_until_there_is_none(void **state)
{
	(void)state;
	struct version version;
	version_init(&version);
	static const char *const lower[] = {
		"Exchange2010_SP2", "Exchange2010_SP1", "Exchange2007_SP1"};
	for (size_t i = 0; i < 3; i++) {
		assert_true(version_refused(&version, version.name, 0));
		assert_string_equal(version_current(&version, 1), lower[i]);
		assert_true(version_is_low(&version));
	}
	assert_false(version_refused(&version, version.name, 2));
	assert_string_equal(version_current(&version, 3), "Exchange2007_SP1");
}

static void requests_that_were_out_together_lower_it_once(void **state)
{
	(void)state;
	struct version version;
	version_init(&version);
	const char *asked = version_current(&version, 0);
	for (int i = 0; i < 4; i++)
		assert_true(version_refused(&version, asked, 10));
	assert_string_equal(version_current(&version, 20), "Exchange2010_SP2");
}

static void the_newest_is_tried_again_a_day_later(void **state)
{
	(void)state;
	struct version version;
	version_init(&version);
	assert_true(version_refused(&version, version.name, 1000));
	assert_string_equal(version_current(&version, 1000 + VERSION_AGAIN_MS - 1),
		"Exchange2010_SP2");
	assert_string_equal(
		version_current(&version, 1000 + VERSION_AGAIN_MS), "Exchange2013");
}

static void the_lower_of_two_is_one_of_them(void **state)
{
	(void)state;
	assert_string_equal(
		version_lower("Exchange2013", "Exchange2010_SP1"), "Exchange2010_SP1");
	assert_string_equal(version_lower("Exchange2007_SP1", "Exchange2010_SP1"),
		"Exchange2007_SP1");
	assert_string_equal(version_lower("Exchange2010_SP2", NULL), "Exchange2010_SP2");
	assert_string_equal(version_lower(NULL, NULL), "Exchange2013");
	assert_null(version_below("Exchange2007_SP1"));
	assert_null(version_below("Exchange5"));
}

static void a_refusal_is_known_by_code_or_words(void **state)
{
	(void)state;
	assert_true(version_is_refusal("ErrorInvalidServerVersion", ""));
	assert_true(version_is_refusal("ErrorIncorrectSchemaVersion", ""));
	assert_true(version_is_refusal("ErrorInvalidSchemaVersionForMailboxVersion", ""));
	assert_true(version_is_refusal("", "The specified server version is invalid."));
	assert_true(version_is_refusal("ErrorSchemaValidation",
		"The request failed schema validation: The 'Version' attribute is "
		"invalid - "
		"The value 'Exchange2013' is invalid according to its datatype"));
	assert_true(version_is_refusal(
		"ErrorInvalidRequest", "RequestServerVersion is not supported"));
}

static void other_errors_of_requests_are_none(void **state)
{
	(void)state;
	assert_false(
		version_is_refusal("ErrorInvalidRequest", "The request is invalid."));
	assert_false(version_is_refusal("ErrorSchemaValidation",
		"The request failed schema validation: The element 'TimeZone' has an "
		"incomplete content."));
	assert_false(version_is_refusal("ErrorServerBusy", "the 'Version' is busy"));
	assert_false(version_is_refusal("", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_is_asked_for_first),
		cmocka_unit_test(each_refusal_leads_one_lower_until_there_is_none),
		cmocka_unit_test(requests_that_were_out_together_lower_it_once),
		cmocka_unit_test(the_newest_is_tried_again_a_day_later),
		cmocka_unit_test(the_lower_of_two_is_one_of_them),
		cmocka_unit_test(a_refusal_is_known_by_code_or_words),
		cmocka_unit_test(other_errors_of_requests_are_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
