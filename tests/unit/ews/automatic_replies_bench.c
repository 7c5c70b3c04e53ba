#include "automatic_replies_bench.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static void hear(void *context, const struct gateway_oof *oof)
{
	struct bench *bench = context;
	bench->n++;
	bench->last = *oof;
}

static void begin(struct bench *bench, bool wanted, bool impersonate)
{
	*bench = (struct bench){.now = {.mono_ms = 1000, .wall_ms = UTC * INT64_C(1000)}};
	buf_init(&bench->body, 1 << 20);
	bench->mailboxes.calendars_only = !wanted;
	const struct gateway_configure settings = {.automatic_replies = wanted,
		.impersonate = impersonate,
		.oof_interval_s = INTERVAL_S};
	automatic_replies_init(&bench->replies,
		&(struct automatic_replies_sink){
			.oof = hear, .context = bench, .state = &bench->state},
		&settings);
}

void bench_begin(struct bench *bench, bool impersonate)
{
	begin(bench, true, impersonate);
}

void bench_begin_off(struct bench *bench)
{
	begin(bench, false, true);
}

void bench_end(struct bench *bench)
{
	automatic_replies_finish(&bench->replies);
	mailboxes_finish(&bench->mailboxes);
	buf_finish(&bench->body);
}

void bench_watch(struct bench *bench, uint32_t id, int64_t replies_read)
{
	char address[40];
	(void)snprintf(address, sizeof address, "p%u@example.com", id);
	automatic_replies_watch(&bench->replies,
		mailboxes_add(&bench->mailboxes, id, address),
		&(struct gateway_watch){
			.mailbox = id, .address = address, .oof_read = replies_read},
		&bench->now);
}

int64_t bench_due(const struct bench *bench)
{
	const struct request_source *source = &bench->replies.source;
	return source->due(source->self, &bench->now);
}

void bench_pass(struct bench *bench, int64_t ms)
{
	bench->now.mono_ms += ms;
	bench->now.wall_ms = UTC * INT64_C(1000) + bench->now.mono_ms - 1000;
}

bool bench_ask(struct bench *bench)
{
	const struct request_source *source = &bench->replies.source;
	const struct request_terms terms = {.version = "Exchange2013"};
	buf_reset(&bench->body);
	if (bench_due(bench) > bench->now.mono_ms ||
		!source->next(source->self, 0, &terms, &bench->request, &bench->body,
			&bench->now))
		return false;
	(void)snprintf(bench->anchor, sizeof bench->anchor, "%s",
		bench->request.anchor ? bench->request.anchor : "");
	return true;
}

void bench_wait(struct bench *bench)
{
	int64_t at_ms = bench_due(bench);
	assert_true(at_ms < INT64_MAX);
	if (at_ms > bench->now.mono_ms)
		bench_pass(bench, at_ms - bench->now.mono_ms);
	assert_true(bench_ask(bench));
}

struct outcome bench_answer(struct bench *bench, long status, const char *text)
{
	const struct request_source *source = &bench->replies.source;
	const struct transfer transfer = {
		.result = TRANSFER_ANSWERED, .status = status, .retry_after_ms = -1};
	const struct request_reply reply = {
		.transfer = &transfer, .body = text, .n = strlen(text), .cookie = ""};
	return source->done(source->self, 0, &reply, &bench->now);
}

size_t bench_count(const char *text, const char *part)
{
	size_t n = 0;
	for (const char *at = text; (at = strstr(at, part)); at++)
		n++;
	return n;
}
