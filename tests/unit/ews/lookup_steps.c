#include "lookup_steps.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

const struct lookup_settings lookup_none = {.hosts = "", .service = "", .cloud = ""};
const struct lookup_settings lookup_basic = {
	.hosts = "", .service = "", .cloud = "", .basic = true};
/* One service, so that a test has three candidates and no more. */
const struct lookup_settings lookup_one = {.hosts = "ok.example.net,friendly.example",
	.service = "https://cas.example.com:444/Autodiscover/Autodiscover.xml",
	.cloud = ""};

struct lookup *lookup_begin(const struct lookup_settings *settings)
{
	struct lookup *lookup = lookup_create(settings, "alice@Sub.example.com");

	assert_non_null(lookup);
	return lookup;
}

struct lookup_request lookup_take(struct lookup *lookup, int64_t now_ms)
{
	struct lookup_request request;

	assert_true(lookup_next(lookup, now_ms, &request));
	if (!request.knocks)
		return request;
	assert_true(request.anonymous);
	lookup_done(lookup,
		&(struct transfer){.result = TRANSFER_ANSWERED,
			.status = 401,
			.exchange = true,
			.retry_after_ms = -1},
		NULL, 0, now_ms);
	assert_true(lookup_next(lookup, now_ms, &request));
	assert_false(request.knocks);
	return request;
}

void lookup_expect(
	struct lookup *lookup, enum autodiscover_method method, const char *url)
{
	struct lookup_request request = lookup_take(lookup, NOW);

	assert_string_equal(request.url, url);
	assert_int_equal(request.method, method);
	assert_int_equal(request.anonymous,
		method == AUTODISCOVER_JSON || method == AUTODISCOVER_HTTP);
}

void lookup_expect_end(struct lookup *lookup, enum lookup_state state)
{
	struct lookup_request request;

	if (lookup_next(lookup, NOW, &request))
		fail_msg("asks %s", request.url);
	assert_int_equal(lookup->state, state);
	lookup_destroy(lookup);
}

void lookup_reply(struct lookup *lookup, long status, const char *body)
{
	lookup_done(lookup,
		&(struct transfer){.result = TRANSFER_ANSWERED,
			.status = status,
			.retry_after_ms = -1},
		body, body ? strlen(body) : 0, NOW);
}

void lookup_redirect(struct lookup *lookup, const char *location)
{
	struct transfer transfer = {
		.result = TRANSFER_ANSWERED, .status = 302, .retry_after_ms = -1};

	(void)snprintf(transfer.location, sizeof(transfer.location), "%s", location);
	lookup_done(lookup, &transfer, NULL, 0, NOW);
}

void lookup_fail(struct lookup *lookup, enum transfer_result result)
{
	lookup_done(lookup, &(struct transfer){.result = result}, NULL, 0, NOW);
}

/* All that comes is a 404. */
void lookup_pass(struct lookup *lookup, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		(void)lookup_take(lookup, NOW);
		lookup_reply(lookup, 404, NULL);
	}
}

/* Up to the SOAP candidate of the one service. */
struct lookup *lookup_begin_at_soap(const struct lookup_settings *settings)
{
	struct lookup *lookup = lookup_begin(settings);

	lookup_pass(lookup, 1);
	lookup_expect(lookup, AUTODISCOVER_SOAP,
		"https://cas.example.com:444/autodiscover/autodiscover.svc");
	return lookup;
}

struct lookup *lookup_begin_at_pox(const struct lookup_settings *settings)
{
	struct lookup *lookup = lookup_begin_at_soap(settings);

	lookup_reply(lookup, 404, NULL);
	lookup_expect(lookup, AUTODISCOVER_POX,
		"https://cas.example.com:444/autodiscover/autodiscover.xml");
	return lookup;
}
