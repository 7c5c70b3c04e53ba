#include "ews/log_on/ticket.h"

#include "test.h"

#define LIFE_S 36000
#define NOW INT64_C(1000000)
#define HALF (NOW + LIFE_S * INT64_C(500))
#define END (NOW + LIFE_S * INT64_C(1000))

static void the_first_one_is_due_at_once_and_fails_for_good(void **state)
{
	(void)state;
	struct ticket ticket;
	ticket_init(&ticket);
	assert_true(ticket_is_due(&ticket, 0));
	assert_true(ticket_may_block(&ticket, 0));
	assert_false(ticket_serves(&ticket, 0));
	assert_true(ticket_is_due(&ticket, 0));
}

static void another_one_is_due_at_half_of_its_life(void **state)
{
	(void)state;
	struct ticket ticket;
	ticket_init(&ticket);
	ticket_came(&ticket, LIFE_S, NOW);
	assert_false(ticket_is_due(&ticket, HALF - 1));
	assert_false(ticket_may_block(&ticket, HALF - 1));
	assert_true(ticket_is_due(&ticket, HALF));
	assert_true(ticket_may_block(&ticket, HALF));
	ticket_came(&ticket, LIFE_S, HALF);
	assert_false(ticket_is_due(&ticket, HALF));
	assert_false(ticket_may_block(&ticket, END - 1));
}

static void the_old_one_serves_to_its_end(void **state)
{
	(void)state;
	struct ticket ticket;
	ticket_init(&ticket);
	ticket_came(&ticket, LIFE_S, NOW);
	assert_true(ticket_serves(&ticket, HALF));
	assert_false(ticket_is_due(&ticket, HALF + TICKET_AGAIN_MS - 1));
	assert_true(ticket_may_block(&ticket, HALF + 1));
	assert_true(ticket_is_due(&ticket, HALF + TICKET_AGAIN_MS));
	assert_true(ticket_serves(&ticket, END - 1));
	assert_true(ticket_is_due(&ticket, END));
	assert_false(ticket_serves(&ticket, END));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_one_is_due_at_once_and_fails_for_good),
		cmocka_unit_test(another_one_is_due_at_half_of_its_life),
		cmocka_unit_test(the_old_one_serves_to_its_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
