#include "gateway/auth/curl_features.h"

#include "test.h"

static void what_fits_becomes_a_byte_a_character(void **state)
{
	(void)state;
	char text[] = "s\xc3\xa9same \xc3\xbf";
	assert_true(latin1_can_hold(text));
	latin1_put(text);
	assert_string_equal(text, "s\xe9same \xff");
	char empty[] = "";
	assert_true(latin1_can_hold(empty));
	latin1_put(empty);
	assert_string_equal(empty, "");
}

static void what_does_not_fit_is_known(void **state)
{
	(void)state;
	assert_false(latin1_can_hold("\xc4\x80"));     // U+0100
	assert_false(latin1_can_hold("\xe2\x82\xac")); // the euro sign
	assert_false(latin1_can_hold("\xe9"));         // no UTF-8
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_becomes_a_byte_a_character),
		cmocka_unit_test(what_does_not_fit_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
