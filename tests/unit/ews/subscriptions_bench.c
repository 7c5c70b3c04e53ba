#include "subscriptions_bench.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

#define UTC INT64_C(1800000000)
#define HEAD                                                                      \
	"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'"         \
	" xmlns:m='http://schemas.microsoft.com/exchange/services/2006/messages'" \
	" xmlns:t='http://schemas.microsoft.com/exchange/services/2006/types'><s:Body>"
#define TAIL "</s:Body></s:Envelope>"

static void note_read(void *context, struct mailbox *mailbox)
{
	((struct subscriptions_bench *)context)->read[mailbox->id]++;
}

static void note_notified(void *context, struct mailbox *mailbox, bool notified)
{
	struct subscriptions_bench *bench = context;
	assert_true(bench->notified[mailbox->id] != notified);
	bench->notified[mailbox->id] = notified;
}

void bench_init(struct subscriptions_bench *bench, unsigned connections)
{
	*bench = (struct subscriptions_bench){
		.terms = {.version = "Exchange2013", .may_impersonate = true},
		.now = {.mono_ms = 1000, .wall_ms = UTC * INT64_C(1000)}};
	struct subscriptions_sink sink = {.refresh = note_read,
		.notified = note_notified,
		.mailboxes = &bench->mailboxes,
		.state = &bench->state,
		.context = bench};
	buf_init(&bench->body, 1 << 20);
	subscriptions_init(&bench->subscriptions, &sink,
		&(struct gateway_configure){.notifications = connections > 0,
			.notification_connections = connections},
		42);
	bench->source = subscriptions_source(&bench->subscriptions);
}

void bench_finish(struct subscriptions_bench *bench)
{
	subscriptions_finish(&bench->subscriptions);
	mailboxes_finish(&bench->mailboxes);
	buf_finish(&bench->body);
}

void bench_watch(struct subscriptions_bench *bench, uint32_t first, uint32_t last)
{
	for (uint32_t id = first; id <= last; id++) {
		char address[32];
		(void)snprintf(address, sizeof address, "p%u@example.com", id);
		struct mailbox *mailbox = mailboxes_add(&bench->mailboxes, id, address);
		assert_non_null(mailbox);
		mailbox->site = bench->site[id];
		subscriptions_watch(&bench->subscriptions, mailbox);
	}
}

void bench_unwatch(struct subscriptions_bench *bench, uint32_t id)
{
	struct mailbox *mailbox = mailboxes_find(&bench->mailboxes, id);
	subscriptions_unwatch(&bench->subscriptions, mailbox);
	mailboxes_remove(&bench->mailboxes, mailbox);
}

void bench_pass(struct subscriptions_bench *bench, int64_t ms)
{
	int64_t until_ms = bench->now.mono_ms + ms;
	while (bench->now.mono_ms < until_ms) {
		int64_t at_ms = subscriptions_due(&bench->subscriptions);
		if (at_ms > until_ms)
			at_ms = until_ms;
		if (at_ms > bench->now.mono_ms)
			bench->now.mono_ms = at_ms;
		subscriptions_turn(&bench->subscriptions, &bench->now);
	}
}

/* ------------------------------------------------ requests */

static void copy_between(
	char *out, size_t size, const char *text, const char *begin, const char *end)
{
	const char *from = strstr(text, begin);
	assert_non_null(from);
	from += strlen(begin);
	(void)snprintf(out, size, "%.*s", (int)(strstr(from, end) - from), from);
}

static void note_request(struct subscriptions_bench *bench)
{
	assert_false(bench->body.failed);
	copy_between(bench->address, sizeof bench->address, buf_text(&bench->body),
		"<t:SmtpAddress>", "</");
	(void)snprintf(bench->cookie, sizeof bench->cookie, "%s",
		bench->request.cookie ? bench->request.cookie : "");
	(void)snprintf(bench->anchor, sizeof bench->anchor, "%s", bench->request.anchor);
}

bool bench_asks(struct subscriptions_bench *bench, unsigned slot)
{
	void *self = bench->source.self;
	if (bench->source.due(self, &bench->now) > bench->now.mono_ms)
		return false;
	buf_reset(&bench->body);
	bench->request = (struct request){0};
	if (!bench->source.next(self, slot, &bench->terms, &bench->request, &bench->body,
		    &bench->now))
		return false;
	note_request(bench);
	return true;
}

static void answer(struct subscriptions_bench *bench, unsigned slot, const char *body,
	const char *cookie)
{
	struct transfer transfer = {
		.result = TRANSFER_ANSWERED, .status = 200, .retry_after_ms = -1};
	struct request_reply reply = {
		.transfer = &transfer, .body = body, .n = strlen(body), .cookie = cookie};
	bench->outcome =
		bench->source.done(bench->source.self, slot, &reply, &bench->now);
}

void bench_grant(struct subscriptions_bench *bench, unsigned slot, const char *cookie)
{
	char body[2048];
	char id[32];
	copy_between(id, sizeof id, bench->address, "p", "@");
	if (bench->renewed > 0)
		(void)snprintf(
			id + strlen(id), sizeof id - strlen(id), "x%u", bench->renewed);
	(void)snprintf(body, sizeof body,
		HEAD "<m:SubscribeResponse><m:ResponseMessages>"
		     "<m:SubscribeResponseMessage ResponseClass='Success'>"
		     "<m:ResponseCode>NoError</m:ResponseCode><m:SubscriptionId>s%s"
		     "</m:SubscriptionId></m:SubscribeResponseMessage>"
		     "</m:ResponseMessages></m:SubscribeResponse>" TAIL,
		id);
	answer(bench, slot, body, cookie);
}

void bench_refuse(struct subscriptions_bench *bench, unsigned slot, const char *code)
{
	char body[2048];
	(void)snprintf(body, sizeof body,
		HEAD "<m:SubscribeResponse><m:ResponseMessages>"
		     "<m:SubscribeResponseMessage ResponseClass='Error'>"
		     "<m:MessageText>No.</m:MessageText>"
		     "<m:ResponseCode>%s</m:ResponseCode></m:SubscribeResponseMessage>"
		     "</m:ResponseMessages></m:SubscribeResponse>" TAIL,
		code);
	answer(bench, slot, body, "");
}

unsigned bench_grant_all(struct subscriptions_bench *bench)
{
	unsigned n = 0;
	for (; bench_asks(bench, 0); n++)
		bench_grant(bench, 0, "");
	return n;
}

/* ------------------------------------------------ streams */

unsigned bench_closes(struct subscriptions_bench *bench)
{
	unsigned n = 0;
	unsigned stream;
	while (subscriptions_closes(&bench->subscriptions, &stream))
		n++;
	return n;
}

int bench_opens(struct subscriptions_bench *bench)
{
	unsigned stream;
	(void)bench_closes(bench);
	if (!subscriptions_wants(&bench->subscriptions, &stream))
		return -1;
	buf_reset(&bench->body);
	subscriptions_open(&bench->subscriptions, stream, &bench->terms, &bench->request,
		&bench->body, &bench->now);
	note_request(bench);
	return (int)stream;
}

void bench_say(struct subscriptions_bench *bench, int stream, const char *text)
{
	subscriptions_take(
		&bench->subscriptions, (unsigned)stream, text, strlen(text), &bench->now);
}

static void say_message(struct subscriptions_bench *bench, int stream, const char *class,
	const char *inside)
{
	char text[4096];
	(void)snprintf(text, sizeof text,
		HEAD "<m:GetStreamingEventsResponse><m:ResponseMessages>"
		     "<m:GetStreamingEventsResponseMessage ResponseClass='%s'>%s"
		     "</m:GetStreamingEventsResponseMessage></m:ResponseMessages>"
		     "</m:GetStreamingEventsResponse>" TAIL,
		class, inside);
	bench_say(bench, stream, text);
}

void bench_say_ok(struct subscriptions_bench *bench, int stream)
{
	say_message(bench, stream, "Success",
		"<m:ResponseCode>NoError</m:ResponseCode>"
		"<m:ConnectionStatus>OK</m:ConnectionStatus>");
}

void bench_say_closed(struct subscriptions_bench *bench, int stream)
{
	say_message(bench, stream, "Success",
		"<m:ResponseCode>NoError</m:ResponseCode>"
		"<m:ConnectionStatus>Closed</m:ConnectionStatus>");
}

static void say_event(
	struct subscriptions_bench *bench, int stream, const char *id, const char *event)
{
	char inside[512];
	(void)snprintf(inside, sizeof inside,
		"<m:ResponseCode>NoError</m:ResponseCode><m:Notifications>"
		"<m:Notification><t:SubscriptionId>%s</t:SubscriptionId><t:%s/>"
		"</m:Notification></m:Notifications>",
		id, event);
	say_message(bench, stream, "Success", inside);
}

void bench_say_changed(struct subscriptions_bench *bench, int stream, const char *id)
{
	say_event(bench, stream, id, "ModifiedEvent");
}

void bench_say_heartbeat(struct subscriptions_bench *bench, int stream)
{
	say_event(bench, stream, "s1", "StatusEvent");
}

void bench_say_error(
	struct subscriptions_bench *bench, int stream, const char *code, const char *id)
{
	char inside[512];
	char ids[256] = "";
	if (id)
		(void)snprintf(ids, sizeof ids,
			"<m:ErrorSubscriptionIds><m:SubscriptionId>%s</m:SubscriptionId>"
			"</m:ErrorSubscriptionIds>",
			id);
	(void)snprintf(inside, sizeof inside,
		"<m:MessageText>No.</m:MessageText><m:ResponseCode>%s</m:ResponseCode>"
		"<m:MessageXml><t:Value Name='BackOffMilliseconds'>120000</t:Value>"
		"</m:MessageXml>%s",
		code, ids);
	say_message(bench, stream, "Error", inside);
}

static void end_with(
	struct subscriptions_bench *bench, int stream, const struct transfer *transfer)
{
	struct request_reply reply = {.transfer = transfer, .cookie = ""};
	subscriptions_ended(&bench->subscriptions, (unsigned)stream, &reply, &bench->now);
}

void bench_cut(struct subscriptions_bench *bench, int stream)
{
	end_with(bench, stream,
		&(struct transfer){.result = TRANSFER_CUT, .retry_after_ms = -1});
}

void bench_lose(struct subscriptions_bench *bench, int stream)
{
	end_with(bench, stream,
		&(struct transfer){.result = TRANSFER_UNREACHABLE, .retry_after_ms = -1});
}

void bench_end(struct subscriptions_bench *bench, int stream, long status)
{
	end_with(bench, stream,
		&(struct transfer){.result = TRANSFER_ANSWERED,
			.status = status,
			.retry_after_ms = -1});
}

bool bench_has_id(const struct subscriptions_bench *bench, const char *id)
{
	char part[64];
	(void)snprintf(part, sizeof part, ">%s<", id);
	return strstr(buf_text(&bench->body), part) != NULL;
}

int64_t bench_time_to_open(struct subscriptions_bench *bench, int *out_stream)
{
	int64_t since_ms = bench->now.mono_ms;
	while ((*out_stream = bench_opens(bench)) < 0) {
		assert_true(bench->now.mono_ms - since_ms < 7200000);
		bench_pass(bench, 100);
	}
	return bench->now.mono_ms - since_ms;
}

void bench_settle(struct subscriptions_bench *bench, uint32_t n)
{
	bench_watch(bench, 1, n);
	assert_true(bench_asks(bench, 0));
	bench_grant(bench, 0, "server-a");
	bench_pass(bench, 1);
	bench_say_ok(bench, bench_opens(bench));
	assert_int_equal(bench_grant_all(bench), n - 1);
	bench_pass(bench, SUBSCRIPTIONS_GATHER_MS);
	int stream = n > 1 ? bench_opens(bench) : 0;
	if (n > 1)
		bench_say_ok(bench, stream);
	assert_int_equal(stream, 0);
	assert_int_equal(bench->subscriptions.n_notified, n);
	memset(bench->read, 0, sizeof bench->read);
}
