#include "ews/operations/ews_outcome.h"
#include "poller_bench.h"
#include "sites_bench.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

/* The poller with mailboxes that Autodiscover has to find. */

struct found {
	struct bench poller;
	struct sites_bench sites;
};

static void settled(void *context, const char *key, const struct now *now)
{
	poller_settled(&((struct found *)context)->poller.poller, key, now);
}

static void set_up_with(struct found *found, const struct gateway_configure *settings)
{
	sites_set_up(&found->sites, settings);
	found->sites.sites.events =
		(struct sites_events){.settled = settled, .context = found};
	bench_set_up(&found->poller);
	found->poller.poller.sites = &found->sites.sites.mailboxes;
	found->sites.now = found->poller.now;
}

static void set_up(struct found *found)
{
	set_up_with(found, &sites_settings);
}

static void tear_down(struct found *found)
{
	bench_tear_down(&found->poller);
	sites_tear_down(&found->sites);
}

static void watch(struct found *found, uint32_t id, const char *address)
{
	bench_watch_one(&found->poller,
		&(struct gateway_watch){.mailbox = id, .address = address});
}

static void pass(struct found *found, int64_t ms)
{
	bench_pass(&found->poller, ms);
	found->sites.now = found->poller.now;
}

/* The next request, of n mailboxes, to this URL. */
static struct poller_request *expect(struct found *found, size_t n, const char *url)
{
	struct poller_request *request = bench_wait_next(&found->poller);

	assert_non_null(request);
	assert_int_equal(request->n, n);
	assert_string_equal(poller_url(&found->poller.poller, request), url);
	return request;
}

static void mailboxes_wait_until_their_domain_is_found(void **state)
{
	(void)state;
	struct found found;

	set_up(&found);
	watch(&found, 1, "alice@example.com");
	watch(&found, 2, "bob@example.com");
	pass(&found, SCHEDULE_COLLECT_MS);
	assert_null(bench_next(&found.poller));
	schedule_refresh(&found.poller.poller.schedule,
		mailboxes_find(&found.poller.mailboxes, 1), found.poller.now.mono_ms);
	pass(&found, SCHEDULE_COLLECT_MS);
	assert_null(bench_next(&found.poller));
	sites_find_now(&found.sites, FOUND_AT(A));
	bench_answer(&found.poller, expect(&found, 2, A));
	assert_int_equal(found.poller.n_calendars, 2);
	tear_down(&found);
}

static void those_of_one_request_are_at_one_url(void **state)
{
	(void)state;
	struct found found;
	char address[64];

	set_up(&found);
	for (uint32_t id = 0; id < 60; id++) {
		(void)snprintf(address, sizeof(address), "p%u@%s", id,
			id % 3 == 0 ? "b.example.com" : "example.com");
		watch(&found, id, address);
	}
	sites_find_now(&found.sites, FOUND_AT(B));
	sites_find_now(&found.sites, FOUND_AT(A));
	bench_answer(&found.poller, expect(&found, 20, B));
	bench_answer(&found.poller, expect(&found, 40, A));
	tear_down(&found);
}

static void who_is_not_found_fails_once_with_the_reason(void **state)
{
	(void)state;
	struct found found;

	set_up(&found);
	watch(&found, 1, "alice@example.com");
	sites_find_now(&found.sites, NULL);
	assert_int_equal(found.poller.n_failures, 1);
	assert_int_equal(found.poller.failure.fault, GATEWAY_FAULT_CONFIG);
	assert_false(found.poller.failure.elsewhere);
	assert_int_equal(found.poller.failure.next_try,
		now_utc_s(&found.poller.now) + SITES_BAD_MS / 1000);
	struct gateway_state told = bench_state_of(&found.poller);
	assert_int_equal(told.health, GATEWAY_DOWN);
	assert_non_null(strstr(told.text, "cas.example.com (SOAP): HTTP 404"));
	pass(&found, SITES_BAD_MS);
	sites_find_now(&found.sites, FOUND_AT(A));
	bench_answer(&found.poller, expect(&found, 1, A));
	assert_int_equal(bench_state_of(&found.poller).health, GATEWAY_UP);
	assert_int_equal(found.poller.n_failures, 1);
	tear_down(&found);
}

static void who_is_unknown_may_be_elsewhere(void **state)
{
	(void)state;
	struct found found;

	set_up(&found);
	watch(&found, 1, "alice@example.com");
	sites_find_unknown(&found.sites);
	assert_int_equal(found.poller.n_failures, 1);
	assert_int_equal(found.poller.failure.fault, GATEWAY_FAULT_MAILBOX);
	assert_true(found.poller.failure.elsewhere);
	tear_down(&found);
}

/* One answer in which this mailbox has an error. */
static void answer_error(struct found *found, struct poller_request *request,
	size_t which, const char *code)
{
	static const struct outcome use = {.class = OUTCOME_USE, .scope = SCOPE_GATEWAY};
	struct mailbox_reading results[4] = {0};
	struct reading answer = {.mailboxes = results, .n = request->n};

	results[which].fault = GATEWAY_FAULT_MAILBOX;
	(void)snprintf(results[which].code, sizeof(results[which].code), "%s", code);
	ews_judge_mailbox(&results[which], NULL, false);
	bench_done(&found->poller, request, &use, &answer);
}

static void who_moved_is_asked_where_autodiscover_says(void **state)
{
	(void)state;
	struct found found;

	set_up(&found);
	watch(&found, 1, "alice@example.com");
	watch(&found, 2, "bob@example.com");
	sites_find_now(&found.sites, FOUND_AT(A));
	struct poller_request *request = expect(&found, 2, A);
	assert_string_equal(request->addresses[1], "bob@example.com");
	answer_error(&found, request, 1, "ErrorMailboxMoveInProgress");
	found.sites.now = found.poller.now;
	sites_find_now(&found.sites, FOUND_AT(B));
	request = expect(&found, 1, B);
	assert_string_equal(request->addresses[0], "bob@example.com");
	bench_answer(&found.poller, request);
	assert_int_equal(found.poller.read[2], 1);
	tear_down(&found);
}

static void a_url_that_is_gone_fails_its_mailboxes_alone(void **state)
{
	(void)state;
	static const struct outcome gone = {.class = OUTCOME_RETRY,
		.scope = SCOPE_GATEWAY,
		.fault = GATEWAY_FAULT_CONNECT,
		.text = "gone"};
	struct found found;

	set_up(&found);
	watch(&found, 1, "alice@example.com");
	watch(&found, 2, "bob@b.example.com");
	sites_find_now(&found.sites, FOUND_AT(A));
	sites_find_now(&found.sites, FOUND_AT(B));
	bench_answer(&found.poller, expect(&found, 1, A));
	struct poller_request *request = expect(&found, 1, B);
	struct outcome outcome = gone;
	poller_judge(&found.poller.poller, request, &outcome, &found.poller.now);
	bench_done(&found.poller, request, &outcome, NULL);
	assert_int_equal(found.poller.n_failures, 1);
	assert_int_equal(found.poller.failure.mailbox, 2);
	assert_int_equal(bench_state_of(&found.poller).health, GATEWAY_UP);
	/* A new one there fails without a request. */
	watch(&found, 3, "carol@b.example.com");
	pass(&found, SCHEDULE_COLLECT_MS);
	assert_null(bench_next(&found.poller));
	assert_int_equal(found.poller.failure.mailbox, 3);
	assert_string_equal(found.poller.failure_code, "");
	assert_int_equal(found.poller.failure.fault, GATEWAY_FAULT_CONNECT);
	tear_down(&found);
}

static void unwatched_while_they_wait_they_are_forgotten(void **state)
{
	(void)state;
	struct found found;

	set_up(&found);
	watch(&found, 1, "alice@example.com");
	bench_unwatch(&found.poller, 1);
	sites_find_now(&found.sites, FOUND_AT(A));
	pass(&found, SCHEDULE_COLLECT_MS);
	assert_null(bench_next(&found.poller));
	tear_down(&found);
}

static void without_autodiscover_they_are_asked_at_once(void **state)
{
	(void)state;
	struct gateway_configure off = sites_settings;
	off.autodiscover = false;
	struct found found;

	set_up_with(&found, &off);
	watch(&found, 1, "alice@example.com");
	pass(&found, SCHEDULE_COLLECT_MS);
	struct poller_request *request = bench_next(&found.poller);
	assert_non_null(request);
	assert_null(poller_url(&found.poller.poller, request));
	bench_answer(&found.poller, request);
	tear_down(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mailboxes_wait_until_their_domain_is_found),
		cmocka_unit_test(those_of_one_request_are_at_one_url),
		cmocka_unit_test(who_is_not_found_fails_once_with_the_reason),
		cmocka_unit_test(who_is_unknown_may_be_elsewhere),
		cmocka_unit_test(who_moved_is_asked_where_autodiscover_says),
		cmocka_unit_test(a_url_that_is_gone_fails_its_mailboxes_alone),
		cmocka_unit_test(unwatched_while_they_wait_they_are_forgotten),
		cmocka_unit_test(without_autodiscover_they_are_asked_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
