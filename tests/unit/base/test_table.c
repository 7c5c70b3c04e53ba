#include "base/table.h"

#include "test.h"

#include <stdlib.h>

#define ENTRIES 200
#define ROUNDS 20000

struct entry {
	uint32_t hash; // first, for the table
	bool is_in;
};

/* Few hashes, near and far: many entries share one, or stand in each other's way. */
static uint32_t hash_of(size_t i)
{
	return (uint32_t)(i % 7 == 0 ? i % 5 : i * 0x01000193u);
}

/* Whether the table has it, and how many of its hash. */
static bool finds(const struct table *table, const struct entry *entry, size_t *out_n)
{
	const struct entry *found;
	bool is_there = false;
	size_t tries = 0;

	*out_n = 0;
	while ((found = table_next(table, entry->hash, &tries))) {
		assert_int_equal(found->hash, entry->hash);
		is_there = is_there || found == entry;
		(*out_n)++;
	}
	return is_there;
}

static void expect(const struct table *table, const struct entry *all)
{
	for (size_t i = 0; i < ENTRIES; i++) {
		size_t same = 0;
		size_t n;

		for (size_t j = 0; j < ENTRIES; j++)
			same += all[j].is_in && all[j].hash == all[i].hash;
		assert_int_equal(finds(table, &all[i], &n), all[i].is_in);
		assert_int_equal(n, same);
	}
}

static void it_agrees_with_a_linear_search(void **state)
{
	static struct entry all[ENTRIES];
	struct table table = {0};
	uint32_t random = 1;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ENTRIES; i++)
		all[i] = (struct entry){.hash = hash_of(i)};
	expect(&table, all);
	for (int round = 0; round < ROUNDS; round++) {
		struct entry *entry;

		random = random * 1664525u + 1013904223u;
		entry = &all[(random >> 8) % ENTRIES];
		if (entry->is_in)
			table_remove(&table, entry);
		else
			assert_true(table_add(&table, entry));
		entry->is_in = !entry->is_in;
		n = entry->is_in ? n + 1 : n - 1;
		assert_int_equal(table.n, n);
		if (round % 97 == 0)
			expect(&table, all);
	}
	for (size_t i = 0; i < ENTRIES; i++)
		if (all[i].is_in)
			table_remove(&table, &all[i]);
	table_finish(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_agrees_with_a_linear_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
