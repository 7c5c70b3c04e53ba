#include "component/xmpp/link_resolve.h"

#include "test.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>

static void assert_no_child(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void a_literal_needs_no_look_up(void **state)
{
	struct addresses addresses;

	(void)state;
	assert_true(resolve_literal("192.0.2.7", &addresses));
	assert_int_equal(addresses.n, 1);
	assert_string_equal(addresses.text[0], "192.0.2.7");
	assert_true(resolve_literal("2001:db8::7", &addresses));
	assert_string_equal(addresses.text[0], "2001:db8::7");
	assert_false(resolve_literal("example.test", &addresses));
	assert_false(resolve_literal("192.0.2.300", &addresses));
	assert_false(resolve_literal("", &addresses));
}

static void localhost_is_both_loopback_addresses(void **state)
{
	struct addresses addresses;

	(void)state;
	assert_true(resolve_literal("localhost", &addresses));
	assert_int_equal(addresses.n, 2);
	assert_string_equal(addresses.text[0], "127.0.0.1");
	assert_string_equal(addresses.text[1], "::1");
}

/* Waits for the child's word, on a clock that stands still. */
static enum resolve_result wait_for(
	struct resolver *resolver, struct addresses *out_addresses)
{
	enum resolve_result result;

	do {
		struct pollfd pollfd = {.fd = resolver->fd, .events = POLLIN};

		assert_true(poll(&pollfd, 1, 60 * 1000) > 0);
		result = resolver_turn(resolver, 0, out_addresses);
	} while (result == RESOLVE_PENDING);
	return result;
}

static void a_child_finds_the_addresses(void **state)
{
	struct resolver resolver;
	struct addresses addresses;

	(void)state;
	resolver_init(&resolver);
	assert_true(resolver_start(&resolver, "127.0.0.1", 0));
	assert_int_equal(wait_for(&resolver, &addresses), RESOLVE_DONE);
	assert_int_equal(addresses.n, 1);
	assert_string_equal(addresses.text[0], "127.0.0.1");
	assert_no_child();
}

static void a_name_that_cannot_be_fails(void **state)
{
	struct resolver resolver;
	struct addresses addresses;

	(void)state;
	resolver_init(&resolver);
	assert_true(resolver_start(&resolver, "not a name", 0));
	assert_int_equal(wait_for(&resolver, &addresses), RESOLVE_FAILED);
	assert_no_child();
}

static void a_look_up_ends_at_its_deadline(void **state)
{
	struct resolver resolver;
	struct addresses addresses;
	enum resolve_result result;

	(void)state;
	resolver_init(&resolver);
	assert_true(resolver_start(&resolver, "host.invalid", 0));
	result = resolver_turn(&resolver, RESOLVE_TIMEOUT_MS, &addresses);
	assert_int_equal(result, RESOLVE_FAILED);
	assert_int_equal(resolver.fd, -1);
	assert_no_child();
}

static void a_look_up_can_be_given_up(void **state)
{
	struct resolver resolver;

	(void)state;
	resolver_init(&resolver);
	resolver_stop(&resolver);
	assert_true(resolver_start(&resolver, "host.invalid", 0));
	resolver_stop(&resolver);
	assert_int_equal(resolver.fd, -1);
	assert_no_child();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_literal_needs_no_look_up),
		cmocka_unit_test(localhost_is_both_loopback_addresses),
		cmocka_unit_test(a_child_finds_the_addresses),
		cmocka_unit_test(a_name_that_cannot_be_fails),
		cmocka_unit_test(a_look_up_ends_at_its_deadline),
		cmocka_unit_test(a_look_up_can_be_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
