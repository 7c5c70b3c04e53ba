#include "base/names.h"

#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static bool memory_is_out;

/* The names are the linker's, see --wrap in ld(1). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static size_t allocations_left;

static bool may_allocate(void)
{
	if (!memory_is_out)
		return true;
	if (allocations_left == 0)
		return false;
	allocations_left--;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return may_allocate() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return may_allocate() ? __real_calloc(count, size) : NULL;
}

static void the_same_text_is_the_same_name(void **state)
{
	struct names names;
	struct name *first;
	struct name *second;

	(void)state;
	names_init(&names);
	first = names_get(&names, "alice@example.test");
	second = names_get(&names, "alice@example.test");
	assert_non_null(first);
	assert_ptr_equal(first, second);
	assert_string_equal(first->text, "alice@example.test");
	assert_int_equal(first->len, 18);
	assert_ptr_equal(names_find(&names, "alice@example.test"), first);
	assert_null(names_find(&names, "alice@example.tes"));
	names_put(&names, first);
	names_put(&names, second);
	names_finish(&names);
}

static void a_name_lives_until_its_last_reference(void **state)
{
	struct names names;
	struct name *name;

	(void)state;
	names_init(&names);
	name = name_ref(names_get(&names, ""));
	names_put(&names, name);
	assert_ptr_equal(names_find(&names, ""), name);
	names_put(&names, name);
	assert_null(names_find(&names, ""));
	names_put(&names, NULL);
	names_finish(&names);
}

static void many_names_are_told_apart(void **state)
{
	enum { MANY = 5000 };
	static struct name *kept[MANY];
	struct names names;
	char text[32];

	(void)state;
	names_init(&names);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(text, sizeof(text), "user%d@example.test", i);
		kept[i] = names_get(&names, text);
		assert_non_null(kept[i]);
	}
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(text, sizeof(text), "user%d@example.test", i);
		assert_ptr_equal(names_find(&names, text), kept[i]);
		names_put(&names, kept[i]);
	}
	names_finish(&names);
}

static void out_of_memory_yields_no_name_and_spoils_none(void **state)
{
	struct names names;
	struct name *name = NULL;
	size_t failures = 0;

	(void)state;
	names_init(&names);
	while (name == NULL) {
		memory_is_out = true;
		allocations_left = failures;
		name = names_get(&names, "alice@example.test");
		memory_is_out = false;
		if (name == NULL)
			failures++;
		assert_ptr_equal(names_find(&names, "alice@example.test"), name);
	}
	assert_int_equal(failures, 2); // the name, the table
	names_put(&names, name);
	names_finish(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_text_is_the_same_name),
		cmocka_unit_test(a_name_lives_until_its_last_reference),
		cmocka_unit_test(many_names_are_told_apart),
		cmocka_unit_test(out_of_memory_yields_no_name_and_spoils_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
