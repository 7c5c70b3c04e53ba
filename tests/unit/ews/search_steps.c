#include "search_steps.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

const struct search_settings search_none = {.hosts = "", .service = "", .cloud = ""};
const struct search_settings search_basic = {
	.hosts = "", .service = "", .cloud = "", .basic = true};
/* One service, so that a test has three candidates and no more. */
const struct search_settings search_one = {.hosts = "ok.example.net,friendly.example",
	.service = "https://cas.example.com:444/Autodiscover/Autodiscover.xml",
	.cloud = ""};

struct search *search_begin(const struct search_settings *settings)
{
	struct search *search = search_create(settings, "alice@Sub.example.com");

	assert_non_null(search);
	return search;
}

void search_expect(
	struct search *search, enum autodiscover_method method, const char *url)
{
	struct search_request request;

	assert_true(search_next(search, NOW, &request));
	assert_string_equal(request.url, url);
	assert_int_equal(request.method, method);
	assert_int_equal(request.anonymous,
		method == AUTODISCOVER_JSON || method == AUTODISCOVER_HTTP);
}

void search_expect_end(struct search *search, enum search_state state)
{
	struct search_request request;

	if (search_next(search, NOW, &request))
		fail_msg("asks %s", request.url);
	assert_int_equal(search->state, state);
	search_destroy(search);
}

void search_reply(struct search *search, long status, const char *body)
{
	search_done(search,
		&(struct transfer){.result = TRANSFER_ANSWERED,
			.status = status,
			.retry_after_ms = -1},
		body, body ? strlen(body) : 0, NOW);
}

void search_redirect(struct search *search, const char *location)
{
	struct transfer transfer = {
		.result = TRANSFER_ANSWERED, .status = 302, .retry_after_ms = -1};

	(void)snprintf(transfer.location, sizeof(transfer.location), "%s", location);
	search_done(search, &transfer, NULL, 0, NOW);
}

void search_fail(struct search *search, enum transfer_result result)
{
	search_done(search, &(struct transfer){.result = result}, NULL, 0, NOW);
}

/* All that comes is a 404. */
void search_pass(struct search *search, unsigned n)
{
	struct search_request request;

	for (unsigned i = 0; i < n; i++) {
		assert_true(search_next(search, NOW, &request));
		search_reply(search, 404, NULL);
	}
}

/* Up to the SOAP candidate of the one service. */
struct search *search_begin_at_soap(const struct search_settings *settings)
{
	struct search *search = search_begin(settings);

	search_pass(search, 1);
	search_expect(search, AUTODISCOVER_SOAP,
		"https://cas.example.com:444/autodiscover/autodiscover.svc");
	return search;
}

struct search *search_begin_at_pox(const struct search_settings *settings)
{
	struct search *search = search_begin_at_soap(settings);

	search_reply(search, 404, NULL);
	search_expect(search, AUTODISCOVER_POX,
		"https://cas.example.com:444/autodiscover/autodiscover.xml");
	return search;
}
