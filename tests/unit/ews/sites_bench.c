#include "sites_bench.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

const struct gateway_configure sites_settings = {.autodiscover = true,
	.auth = "ntlm",
	.autodiscover_url = "https://cas.example.com/autodiscover/autodiscover.xml"};

static void note_settled(void *context, const char *key, const struct now *now)
{
	struct sites_bench *bench = context;
	(void)now;
	bench->n_settled++;
	(void)snprintf(bench->settled, sizeof bench->settled, "%s", key);
}

void sites_set_up(struct sites_bench *bench, const struct gateway_configure *configure)
{
	*bench = (struct sites_bench){
		.now = {.mono_ms = 1000, .wall_ms = 1800000000 * INT64_C(1000)}};
	buf_init(&bench->body, 4096);
	assert_int_equal(gateway_settings_init(&bench->settings, configure), 0);
	assert_int_equal(
		sites_init(&bench->sites,
			&(struct sites_events){.settled = note_settled, .context = bench},
			&bench->settings.configure),
		0);
}

void sites_tear_down(struct sites_bench *bench)
{
	sites_finish(&bench->sites);
	gateway_settings_finish(&bench->settings);
	buf_finish(&bench->body);
}

bool sites_next(struct sites_bench *bench, unsigned slot)
{
	struct request_source *source = &bench->sites.source;
	static const struct request_terms terms = {.version = "Exchange2013"};

	buf_reset(&bench->body);
	return source->due(source->self, &bench->now) <= bench->now.mono_ms &&
	       source->next(source->self, slot, &terms, &bench->request, &bench->body,
		       &bench->now);
}

struct outcome sites_done(
	struct sites_bench *bench, unsigned slot, long status, const char *body)
{
	struct request_source *source = &bench->sites.source;
	struct transfer transfer = {.result = TRANSFER_ANSWERED,
		.status = status,
		.retry_after_ms = -1,
		.auth = AUTH_NTLM};
	struct request_reply reply = {
		.transfer = &transfer, .body = body, .n = body ? strlen(body) : 0};

	return source->done(source->self, slot, &reply, &bench->now);
}

void sites_find_now(struct sites_bench *bench, const char *answer)
{
	assert_true(sites_next(bench, 0));
	if (answer) {
		(void)sites_done(bench, 0, 200, answer);
		return;
	}
	do
		(void)sites_done(bench, 0, 404, NULL);
	while (sites_next(bench, 0));
}

void sites_find_unknown(struct sites_bench *bench)
{
	assert_true(sites_next(bench, 0)); // version 2 knows nobody
	(void)sites_done(bench, 0, 404, NULL);
	assert_true(sites_next(bench, 0));
	(void)sites_done(bench, 0, 404, NULL);
	assert_true(sites_next(bench, 0));
	(void)sites_done(bench, 0, 200, UNKNOWN);
	assert_false(sites_next(bench, 0));
}

void sites_expect(struct sites_bench *bench, const char *address, const char *url)
{
	struct sites_answer answer = sites_ask(&bench->sites, address, &bench->now);

	assert_int_not_equal(answer.site, SITES_NONE);
	if (url)
		assert_string_equal(sites_url(&bench->sites, answer.site), url);
	else
		assert_null(sites_url(&bench->sites, answer.site));
}

struct sites_answer sites_expect_none(
	struct sites_bench *bench, const char *address, bool lost, bool elsewhere)
{
	struct sites_answer answer = sites_ask(&bench->sites, address, &bench->now);

	assert_int_equal(answer.site, SITES_NONE);
	assert_int_equal(answer.lost, lost);
	assert_int_equal(answer.elsewhere, elsewhere);
	return answer;
}

bool sites_is_due(struct sites_bench *bench)
{
	struct request_source *source = &bench->sites.source;

	return source->due(source->self, &bench->now) <= bench->now.mono_ms;
}
