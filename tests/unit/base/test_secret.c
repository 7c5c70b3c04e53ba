#include "base/secret.h"

#include "test.h"

#include <string.h>

static void a_secret_is_a_copy(void **state)
{
	struct secret secret = {0};
	char text[] = "password";

	(void)state;
	assert_true(secret_set(&secret, text, 8));
	secret_wipe(text, sizeof(text));
	assert_int_equal(text[0], 0);
	assert_string_equal(secret.bytes, "password");
	assert_int_equal(secret.len, 8);
	secret_finish(&secret);
	assert_null(secret.bytes);
	secret_finish(&secret);
	secret_finish(NULL);
}

static void setting_again_replaces(void **state)
{
	struct secret secret = {0};

	(void)state;
	assert_true(secret_set(&secret, "old", 3));
	assert_true(secret_set(&secret, secret.bytes + 1, 2));
	assert_string_equal(secret.bytes, "ld");
	assert_true(secret_set(&secret, NULL, 0));
	assert_string_equal(secret.bytes, "");
	secret_finish(&secret);
}

static void secrets_are_equal_in_every_byte_or_not_at_all(void **state)
{
	struct secret a = {0};
	struct secret b = {0};

	(void)state;
	assert_true(secret_equal(&a, &b));
	assert_true(secret_set(&a, "", 0));
	assert_false(secret_equal(&a, &b));
	assert_false(secret_equal(&b, &a));
	assert_true(secret_set(&b, "", 0));
	assert_true(secret_equal(&a, &b));
	assert_true(secret_set(&a, "a\0b", 3));
	assert_true(secret_set(&b, "a\0c", 3));
	assert_false(secret_equal(&a, &b));
	assert_true(secret_set(&b, "a\0b", 3));
	assert_true(secret_equal(&a, &b));
	assert_true(secret_set(&b, "a\0b ", 4));
	assert_false(secret_equal(&a, &b));
	secret_finish(&a);
	secret_finish(&b);
}

static void memory_that_grows_keeps_what_is_in_it(void **state)
{
	char *memory = secret_realloc(NULL, 4);

	(void)state;
	assert_non_null(memory);
	memcpy(memory, "abc", 4);
	memory = secret_realloc(memory, 100000);
	assert_non_null(memory);
	assert_string_equal(memory, "abc");
	memory = secret_realloc(memory, 2);
	assert_non_null(memory);
	assert_memory_equal(memory, "ab", 2);
	secret_free(memory);
	secret_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_a_copy),
		cmocka_unit_test(setting_again_replaces),
		cmocka_unit_test(secrets_are_equal_in_every_byte_or_not_at_all),
		cmocka_unit_test(memory_that_grows_keeps_what_is_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
