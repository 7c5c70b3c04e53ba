#include "gateway/auth/tickets.h"

#include "test.h"

#include <stdio.h>

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
	assert_false(ticket_may_block(&ticket, 0)); // nothing is sent without
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
	assert_false(ticket_may_block(&ticket, END));
}

static void each_host_has_a_ticket_of_its_own(void **state)
{
	(void)state;
	struct tickets tickets = {0};
	struct ticket *first = tickets_for(&tickets, "https://a.example.com/EWS");
	ticket_came(first, LIFE_S, NOW);
	assert_ptr_equal(tickets_for(&tickets, "https://A.example.com:444/x"), first);
	struct ticket *second = tickets_for(&tickets, "https://a.example.co/EWS");
	assert_ptr_not_equal(second, first);
	assert_true(ticket_is_due(second, NOW));
	struct ticket *literal = tickets_for(&tickets, "https://[::1]/EWS");
	assert_ptr_not_equal(tickets_for(&tickets, "https://[::2]/EWS"), literal);
	assert_false(tickets_may_block(&tickets, NOW));
	ticket_came(second, LIFE_S, NOW + 1000);
	assert_true(tickets_may_block(&tickets, HALF));
	tickets_finish(&tickets);
}

static void there_is_room_for_another_host(void **state)
{
	(void)state;
	struct tickets tickets = {0};
	char url[64];
	for (unsigned i = 0; i < TICKETS_MAX; i++) {
		(void)snprintf(url, sizeof url, "https://host%u/", i);
		ticket_came(tickets_for(&tickets, url), i == 7 ? 10 : LIFE_S, NOW);
	}
	assert_true(ticket_is_due(tickets_for(&tickets, "https://other/"), NOW));
	assert_int_equal(tickets.n, TICKETS_MAX);
	assert_false(ticket_is_due(tickets_for(&tickets, "https://host8/"), NOW));
	assert_true(ticket_is_due(tickets_for(&tickets, "https://host7/"), NOW));
	tickets_finish(&tickets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_one_is_due_at_once_and_fails_for_good),
		cmocka_unit_test(another_one_is_due_at_half_of_its_life),
		cmocka_unit_test(the_old_one_serves_to_its_end),
		cmocka_unit_test(each_host_has_a_ticket_of_its_own),
		cmocka_unit_test(there_is_room_for_another_host),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
