#include "base/arena.h"
#include "test.h"

#include <stdint.h>
#include <string.h>

static void pieces_are_aligned_and_apart(void **state)
{
	struct arena arena = {0};
	char *last = NULL;

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		char *text = arena_copy(&arena, "abc", i % 4);
		uint64_t *number = arena_take(&arena, sizeof(*number), sizeof(*number));

		assert_non_null(text);
		assert_non_null(number);
		assert_int_equal((uintptr_t)number % sizeof(*number), 0);
		*number = UINT64_MAX;
		assert_memory_equal(text, "abc", i % 4);
		assert_int_equal(text[i % 4], '\0');
		assert_true(text != last);
		last = text;
	}
	arena_finish(&arena);
}

static void a_piece_may_be_larger_than_a_block(void **state)
{
	struct arena arena = {0};
	const size_t n = (size_t)1024 * 1024;
	char *large = arena_take(&arena, n, 1);

	(void)state;
	assert_non_null(large);
	memset(large, 1, n);
	assert_non_null(arena_copy(&arena, "behind", 6));
	assert_null(arena_take(&arena, SIZE_MAX - 8, 1));
	arena_reset(&arena);
	assert_non_null(arena_take(&arena, 1, 1));
	arena_finish(&arena);
}

static void a_text_grows_while_it_is_the_last_one(void **state)
{
	struct arena arena = {0};
	char *text = arena_copy(&arena, "one", 3);
	char many[1000];

	(void)state;
	assert_true(arena_append(&arena, text, 3, "two", 3));
	assert_string_equal(text, "onetwo");
	assert_non_null(arena_copy(&arena, "other", 5));
	assert_false(arena_append(&arena, text, 6, "three", 5));
	text = arena_copy(&arena, "", 0);
	memset(many, 'x', sizeof(many));
	for (size_t n = 0; arena_append(&arena, text, n, many, sizeof(many));)
		n += sizeof(many);
	assert_int_equal(strlen(text) % sizeof(many), 0);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_aligned_and_apart),
		cmocka_unit_test(a_piece_may_be_larger_than_a_block),
		cmocka_unit_test(a_text_grows_while_it_is_the_last_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
