#include "gateway/http/endpoints.h"

#include "test.h"

#include <string.h>

#define A "https://a.example/EWS"
#define B "https://b.example/EWS"
#define C "https://c.example/EWS"
#define LATER(n) (1000 + (int64_t)(n)*ENDPOINTS_RETURN_MS)

static struct endpoints begin(const char *urls)
{
	struct endpoints endpoints;

	assert_int_equal(endpoints_init(&endpoints, urls), 0);
	return endpoints;
}

static void expect_hint(struct endpoints *endpoints, const char *part)
{
	const char *hint = endpoints_hint(endpoints);

	assert_non_null(hint);
	assert_non_null(strstr(hint, part));
	assert_null(endpoints_hint(endpoints));
}

static void urls_keep_their_order(void **state)
{
	(void)state;
	struct endpoints endpoints = begin(A "\n" B "\n" C);

	assert_int_equal(endpoints.n, 3);
	assert_string_equal(endpoints.urls[0], A);
	assert_string_equal(endpoints.urls[1], B);
	assert_string_equal(endpoints.urls[2], C);
	endpoints_finish(&endpoints);
	endpoints = begin("1\n2\n3\n4\n5\n6\n7\n8\n9");
	assert_int_equal(endpoints.n, ENDPOINTS_MAX);
	endpoints_finish(&endpoints);
	endpoints = begin("");
	assert_int_equal(endpoints.n, 1);
	endpoints_finish(&endpoints);
}

static void what_cannot_reach_exchange_is_missed(void **state)
{
	(void)state;
	static const struct {
		struct transfer transfer;
		bool missed;
	} cases[] = {
		{{.result = TRANSFER_UNREACHABLE}, true},
		{{.result = TRANSFER_TLS}, true},
		{{.result = TRANSFER_CUT}, true},
		{{.result = TRANSFER_CUT, .status = 200}, false},
		{{.result = TRANSFER_TIMEOUT}, false},
		{{.result = TRANSFER_OURS}, false},
		{{.result = TRANSFER_TOO_BIG}, false},
		{{.result = TRANSFER_PROXY, .status = 502}, true},
		{{.result = TRANSFER_PROXY, .status = 407}, false},
		{{.status = 200, .retry_after_ms = -1}, false},
		{{.status = 401, .retry_after_ms = -1}, false},
		{{.status = 500, .retry_after_ms = -1}, false},
		{{.status = 502, .retry_after_ms = -1}, true},
		{{.status = 503, .retry_after_ms = -1}, true},
		{{.status = 503, .retry_after_ms = 0}, false},
		{{.status = 504, .retry_after_ms = -1}, true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			endpoints_is_missed(&cases[i].transfer), cases[i].missed);
}

static void one_url_has_nowhere_to_go(void **state)
{
	(void)state;
	struct endpoints endpoints = begin(A);
	unsigned tried = 0;
	unsigned next;

	assert_int_equal(endpoints_pick(&endpoints, 0), 0);
	assert_false(endpoints_missed(&endpoints, 0, &tried, 0, &next));
	endpoints_reached(&endpoints, 0, 0);
	assert_null(endpoints_hint(&endpoints));
	endpoints_finish(&endpoints);
}

static void a_missed_request_goes_on_and_later_ones_follow(void **state)
{
	(void)state;
	struct endpoints endpoints = begin(A "\n" B "\n" C);
	unsigned tried = 0;
	unsigned next;

	assert_true(endpoints_missed(&endpoints, 0, &tried, 0, &next));
	assert_int_equal(next, 1);
	assert_true(endpoints_missed(&endpoints, 1, &tried, 0, &next));
	assert_int_equal(next, 2);
	assert_int_equal(endpoints_pick(&endpoints, 0), 2);
	/* Nothing is said before it has answered. */
	assert_null(endpoints_hint(&endpoints));
	endpoints_reached(&endpoints, 2, 0);
	expect_hint(&endpoints, C " is asked from now on");
	endpoints_reached(&endpoints, 2, 0);
	assert_null(endpoints_hint(&endpoints));
	endpoints_finish(&endpoints);
}

static void requests_that_were_out_together_meet_again(void **state)
{
	(void)state;
	struct endpoints endpoints = begin(A "\n" B "\n" C);
	unsigned first = 0;
	unsigned second = 0;
	unsigned next;

	assert_true(endpoints_missed(&endpoints, 0, &first, 0, &next));
	assert_true(endpoints_missed(&endpoints, 1, &first, 0, &next));
	assert_true(endpoints_missed(&endpoints, 0, &second, 0, &next));
	assert_int_equal(next, 2);
	endpoints_finish(&endpoints);
}

static void a_request_fails_when_it_has_tried_all(void **state)
{
	(void)state;
	struct endpoints endpoints = begin(A "\n" B);
	unsigned tried = 0;
	unsigned next;

	assert_true(endpoints_missed(&endpoints, 0, &tried, 0, &next));
	assert_false(endpoints_missed(&endpoints, 1, &tried, 0, &next));
	/* The next round begins with the preferred one. */
	assert_int_equal(endpoints_pick(&endpoints, 0), 0);
	assert_null(endpoints_hint(&endpoints));
	endpoints_finish(&endpoints);
}

static void after_a_refused_log_on_another_is_tried(void **state)
{
	(void)state;
	struct endpoints endpoints = begin(A "\n" B "\n" C);
	endpoints_refused(&endpoints, 0, LATER(0));
	assert_int_equal(endpoints_pick(&endpoints, LATER(0)), 1);
	endpoints_reached(&endpoints, 1, LATER(0));
	expect_hint(&endpoints, "refuses the log-on: " B);
	/* The first one is not tried so often that it locks the account. */
	assert_int_equal(endpoints_pick(&endpoints, LATER(0) + 900000), 1);
	int64_t later = LATER(0) + ENDPOINTS_REFUSED_MS;
	assert_int_equal(endpoints_pick(&endpoints, later), 0);
	endpoints_refused(&endpoints, 0, later);
	assert_int_equal(endpoints_pick(&endpoints, later + 900000), 1);
	/* The one that granted it, and not the next in order. */
	unsigned tried = 1; // the first one
	unsigned which;
	assert_true(endpoints_missed(&endpoints, 1, &tried, later, &which));
	assert_int_equal(which, 2);
	endpoints_refused(&endpoints, 2, later);
	assert_int_equal(endpoints_pick(&endpoints, later), 1);
	endpoints_finish(&endpoints);
}

static void where_all_refuse_the_log_on_each_is_tried(void **state)
{
	(void)state;
	struct endpoints endpoints = begin(A "\n" B "\n" C);
	endpoints_refused(&endpoints, 0, LATER(0));
	assert_int_equal(endpoints_pick(&endpoints, LATER(0)), 1);
	endpoints_refused(&endpoints, 1, LATER(0));
	assert_int_equal(endpoints_pick(&endpoints, LATER(0)), 2);
	endpoints_reached(&endpoints, 2, LATER(0));
	endpoints_refused(&endpoints, 2, LATER(0));
	assert_int_equal(endpoints_pick(&endpoints, LATER(0)), 0);
	endpoints_finish(&endpoints);
}

static void the_preferred_one_is_tried_again_every_five_minutes(void **state)
{
	(void)state;
	struct endpoints endpoints = begin(A "\n" B);
	unsigned tried = 0;
	unsigned next;

	assert_true(endpoints_missed(&endpoints, 0, &tried, LATER(0), &next));
	endpoints_reached(&endpoints, 1, LATER(0));
	expect_hint(&endpoints, B);
	assert_int_equal(endpoints_pick(&endpoints, LATER(1) - 1), 1);
	assert_int_equal(endpoints_pick(&endpoints, LATER(1)), 0); // one request
	assert_int_equal(endpoints_pick(&endpoints, LATER(1)), 1);
	tried = 0;
	assert_true(endpoints_missed(&endpoints, 0, &tried, LATER(1), &next));
	assert_int_equal(next, 1);
	endpoints_reached(&endpoints, 1, LATER(1));
	assert_null(endpoints_hint(&endpoints));
	assert_int_equal(endpoints_pick(&endpoints, LATER(2)), 0);
	endpoints_reached(&endpoints, 0, LATER(2));
	expect_hint(&endpoints, A " answers again");
	assert_int_equal(endpoints_pick(&endpoints, LATER(2)), 0);
	endpoints_finish(&endpoints);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_keep_their_order),
		cmocka_unit_test(what_cannot_reach_exchange_is_missed),
		cmocka_unit_test(one_url_has_nowhere_to_go),
		cmocka_unit_test(a_missed_request_goes_on_and_later_ones_follow),
		cmocka_unit_test(requests_that_were_out_together_meet_again),
		cmocka_unit_test(a_request_fails_when_it_has_tried_all),
		cmocka_unit_test(after_a_refused_log_on_another_is_tried),
		cmocka_unit_test(where_all_refuse_the_log_on_each_is_tried),
		cmocka_unit_test(the_preferred_one_is_tried_again_every_five_minutes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
