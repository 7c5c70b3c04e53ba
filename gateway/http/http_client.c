#include "gateway/http/http_client.h"

#include "gateway/auth/kerberos.h"
#include "gateway/auth/tickets.h"
#include "gateway/auth/tokens.h"
#include "gateway/http/endpoints.h"
#include "gateway/request/outcome.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is known of the request in a slot of the transport. */
struct pending_request {
	bool waits;        // for a token
	bool failed;       // for want of one; `outcome` says why
	bool renewed;      // it has had its second token
	uint64_t serial;   // of the token that it carried
	unsigned endpoint; // where it goes if the request does not say
	unsigned tried;    // of the endpoints
	struct request request;
	char *texts[3]; // owned; of the request: url, anchor, cookie
};

struct http_client {
	struct transport *transport; // owned
	struct tokens *tokens;       // owned; NULL: no token is needed
	struct endpoints endpoints;
	const struct gateway_configure *configure; // borrowed
	bool needs_tickets;
	struct tickets tickets;
	void (*before_waiting)(void *context); // may be NULL
	void *context;
	struct outcome outcome; // why there is no token, or no ticket
	bool hinting;
	bool has_answer;
	struct transport_answer answer; // to a request, not taken yet
	struct pending_request pending[TRANSPORT_SLOTS];
	/* of the streams */
	bool ended[GATEWAY_STREAMS_MAX]; // the rest is in `ends`
	struct transport_answer ends[GATEWAY_STREAMS_MAX];
	unsigned turn; // who is heard first
	bool lends;    // the bytes of `lent` are looked at
	unsigned lent;
};

static bool prepare(struct http_client *client, const struct gateway_configure *configure,
	char out_error[GATEWAY_TEXT_MAX])
{
	client->configure = configure;
	client->transport = transport_create(configure, out_error);
	if (!client->transport)
		return false;
	if (endpoints_init(&client->endpoints, configure->url)) {
		(void)snprintf(out_error, GATEWAY_TEXT_MAX, "out of memory");
		return false;
	}
	if (strcmp(configure->auth, "oauth2") == 0) {
		client->tokens = tokens_create(configure, out_error);
		return client->tokens != NULL;
	}
	if (strcmp(configure->auth, "negotiate") != 0)
		return true;
	(void)snprintf(out_error, GATEWAY_TEXT_MAX, "out of memory");
	client->needs_tickets = true;
	return kerberos_prepare(configure);
}

struct http_client *http_client_create(
	const struct gateway_configure *configure, char out_error[GATEWAY_TEXT_MAX])
{
	struct http_client *client = calloc(1, sizeof *client);
	if (!client) {
		(void)snprintf(out_error, GATEWAY_TEXT_MAX, "out of memory");
		return NULL;
	}
	if (!prepare(client, configure, out_error)) {
		http_client_destroy(client);
		return NULL;
	}
	return client;
}

static void forget(struct pending_request *pending)
{
	for (size_t i = 0; i < sizeof pending->texts / sizeof *pending->texts; i++)
		free(pending->texts[i]);
	*pending = (struct pending_request){0};
}

void http_client_destroy(struct http_client *client)
{
	if (!client)
		return;
	for (unsigned i = 0; i < TRANSPORT_SLOTS; i++)
		forget(&client->pending[i]);
	transport_destroy(client->transport);
	tokens_destroy(client->tokens);
	endpoints_finish(&client->endpoints);
	tickets_finish(&client->tickets);
	free(client);
}

bool http_client_impersonates(const struct http_client *client)
{
	return client->tokens && tokens_impersonates(client->tokens);
}

bool http_client_may_block(const struct http_client *client, const struct now *now)
{
	return tickets_may_block(&client->tickets, now->mono_ms);
}

void http_client_before_waiting(
	struct http_client *client, void (*call)(void *context), void *context)
{
	client->before_waiting = call;
	client->context = context;
}

struct buf *http_client_request(struct http_client *client, unsigned slot)
{
	return transport_request(client->transport, slot);
}

/* False: there is no ticket to go with, and the request is over. */
static bool has_ticket(struct http_client *client, struct pending_request *pending,
	const char *url, const struct now *now)
{
	char error[KERBEROS_ERROR_SIZE] = "out of memory";
	uint32_t life_s;
	if (!client->needs_tickets)
		return true;
	struct ticket *ticket = tickets_for(&client->tickets, url);
	if (ticket && !ticket_is_due(ticket, now->mono_ms))
		return true;
	if (ticket && client->before_waiting)
		client->before_waiting(client->context);
	if (ticket && kerberos_authenticate(client->configure, url, &life_s, error)) {
		ticket_came(ticket, life_s, now->mono_ms);
		return true;
	}
	if (ticket && ticket_serves(ticket, now->mono_ms))
		return true;
	client->outcome = outcome_of_no_ticket(error);
	pending->failed = true;
	return false;
}

static int send_request(struct http_client *client, unsigned slot, const struct now *now)
{
	struct pending_request *pending = &client->pending[slot];
	const char *token = NULL;
	struct request request = pending->request;
	if (!request.url)
		request.url = client->endpoints.urls[pending->endpoint];
	if (request.anonymous)
		return transport_post(client->transport, slot, NULL, &request);
	if (!has_ticket(client, pending, request.url, now))
		return 0;
	if (client->tokens) {
		struct bearer *bearer = tokens_bearer(client->tokens);
		pending->waits = !bearer_is_usable(bearer, now->mono_ms);
		if (pending->waits)
			return 0;
		token = bearer->token.bytes;
		pending->serial = bearer->serial;
		bearer->used = true;
	}
	return transport_post(client->transport, slot, token, &request);
}

/* The request lives as long as its request, which may wait or be sent twice. */
static bool remember(struct pending_request *pending, const struct request *request)
{
	const char **texts[] = {&pending->request.url, &pending->request.anchor,
		&pending->request.cookie};
	forget(pending);
	pending->request = *request;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (!*texts[i])
			continue;
		*texts[i] = pending->texts[i] = strdup(*texts[i]);
		if (!*texts[i])
			return false;
	}
	return true;
}

int http_client_post(struct http_client *client, unsigned slot,
	const struct request *request, const struct now *now)
{
	struct pending_request *pending = &client->pending[slot];
	if (!remember(pending, request))
		return -1;
	pending->endpoint = endpoints_pick(&client->endpoints, now->mono_ms);
	return send_request(client, slot, now);
}

short http_client_wait(struct http_client *client, int fd, short events, int timeout_ms)
{
	return transport_wait(client->transport, fd, events, timeout_ms);
}

int64_t http_client_due(const struct http_client *client)
{
	for (unsigned i = 0; i < TRANSPORT_SLOTS; i++)
		if (client->pending[i].failed)
			return 0;
	return client->tokens ? bearer_due(tokens_bearer(client->tokens)) : INT64_MAX;
}

/* ------------------------------------------------------------------ tokens */

static struct outcome out_of_memory(void)
{
	return outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT, "out of memory");
}

static bool somebody_waits(const struct http_client *client)
{
	for (unsigned i = 0; i < TRANSPORT_SLOTS; i++)
		if (client->pending[i].waits)
			return true;
	return false;
}

/* There is no token: those who wait learn why. Where the last one is still good, somebody
 * should know that the next one will not come. */
static void settle_failure(struct http_client *client)
{
	bool nobody = true;
	for (unsigned i = 0; i < TRANSPORT_SLOTS; i++) {
		struct pending_request *pending = &client->pending[i];
		nobody &= !pending->waits;
		pending->failed |= pending->waits;
		pending->waits = false;
	}
	client->hinting |= nobody;
}

static void settle_success(struct http_client *client, const struct now *now)
{
	client->hinting |= client->outcome.text[0] != '\0';
	for (unsigned i = 0; i < TRANSPORT_SLOTS; i++) {
		struct pending_request *pending = &client->pending[i];
		if (!pending->waits || send_request(client, i, now) == 0)
			continue;
		client->outcome = out_of_memory();
		pending->waits = false;
		pending->failed = true;
	}
}

static void ask_for_token(struct http_client *client, const struct now *now)
{
	struct bearer *bearer = tokens_bearer(client->tokens);
	struct buf *form = http_client_request(client, TRANSPORT_TOKEN);
	client->outcome = out_of_memory();
	if (form && tokens_ask(client->tokens, form, now_utc_s(now), &client->outcome) &&
		transport_post_form(client->transport, tokens_url(client->tokens)) == 0) {
		bearer->asking = true;
		return;
	}
	bearer_fail(bearer, now->mono_ms);
	settle_failure(client);
}

static void take_token(struct http_client *client, const struct transport_answer *answer,
	const struct now *now)
{
	bool granted = tokens_take(client->tokens, &answer->transfer, answer->body,
		answer->n, now->mono_ms, &client->outcome);
	transport_release(client->transport, TRANSPORT_TOKEN);
	if (granted)
		settle_success(client, now);
	else
		settle_failure(client);
}

static void send_again(struct http_client *client, unsigned slot, const struct now *now)
{
	transport_release(client->transport, slot);
	if (send_request(client, slot, now) == 0)
		return;
	client->outcome = out_of_memory();
	client->pending[slot].failed = true;
}

/* Exchange may refuse a token before its time, or forget who a connection belongs to;
 * another one is worth a try, once. */
static bool tries_again(struct http_client *client, const struct transport_answer *answer,
	const struct now *now)
{
	struct pending_request *pending = &client->pending[answer->slot];
	if (pending->request.anonymous ||
		(!client->tokens && !answer->transfer.forgotten) || pending->renewed ||
		answer->transfer.result != TRANSFER_ANSWERED ||
		answer->transfer.status != 401)
		return false;
	if (client->tokens) {
		tokens_challenged(client->tokens, answer->challenge);
		bearer_drop(tokens_bearer(client->tokens), pending->serial);
	}
	pending->renewed = true;
	send_again(client, answer->slot, now);
	return true;
}

/* What could not be reached in one way may be in another. */
static bool tries_elsewhere(struct http_client *client,
	const struct transport_answer *answer, const struct now *now)
{
	struct pending_request *pending = &client->pending[answer->slot];
	struct endpoints *endpoints = &client->endpoints;
	if (pending->request.url)
		return false;
	if (!endpoints_is_missed(&answer->transfer)) {
		if (answer->transfer.status == 401)
			endpoints_refused(endpoints, pending->endpoint, now->mono_ms);
		else
			endpoints_reached(endpoints, pending->endpoint, now->mono_ms);
		return false;
	}
	if (!endpoints_missed(endpoints, pending->endpoint, &pending->tried, now->mono_ms,
		    &pending->endpoint))
		return false;
	send_again(client, answer->slot, now);
	return true;
}

void http_client_turn(struct http_client *client)
{
	transport_turn(client->transport);
}

void http_client_want_token(struct http_client *client, const struct now *now)
{
	if (client->tokens && bearer_is_wanted(tokens_bearer(client->tokens),
				      somebody_waits(client), now->mono_ms))
		ask_for_token(client, now);
}

/* ------------------------------------------------------------------ answers */

static bool take_failed(struct http_client *client, struct http_client_answer *out_answer)
{
	for (unsigned i = 0; i < GATEWAY_CONCURRENCY_MAX; i++) {
		if (!client->pending[i].failed)
			continue;
		client->pending[i].failed = false;
		*out_answer = (struct http_client_answer){
			.slot = i, .outcome = &client->outcome};
		return true;
	}
	return false;
}

static void end_stream(struct http_client *client, const struct transport_answer *answer)
{
	unsigned stream = answer->slot - TRANSPORT_STREAM;
	client->ended[stream] = true;
	client->ends[stream] = *answer;
}

/* Answers to requests queue up in the transport, ends of streams in their pending. */
static bool collect(struct http_client *client, const struct now *now)
{
	struct transport_answer answer;
	while (!client->has_answer &&
		transport_take(client->transport, now_utc_s(now), &answer)) {
		if (answer.slot == TRANSPORT_TOKEN)
			take_token(client, &answer, now);
		else if (tries_again(client, &answer, now) ||
			 tries_elsewhere(client, &answer, now))
			continue;
		else if (answer.slot >= TRANSPORT_STREAM)
			end_stream(client, &answer);
		else
			client->answer = answer;
		client->has_answer = answer.slot < TRANSPORT_TOKEN;
	}
	return client->has_answer;
}

bool http_client_take(struct http_client *client, const struct now *now,
	struct http_client_answer *out_answer)
{
	bool got = collect(client, now);
	if (take_failed(client, out_answer))
		return true;
	if (!got)
		return false;
	client->has_answer = false;
	*out_answer = (struct http_client_answer){
		.slot = client->answer.slot, .answer = client->answer};
	return true;
}

void http_client_release(struct http_client *client, unsigned slot)
{
	transport_release(client->transport, slot);
}

const char *http_client_hint(struct http_client *client)
{
	if (!client->hinting)
		return endpoints_hint(&client->endpoints);
	client->hinting = false;
	return client->outcome.text;
}

const char *http_client_endpoint(const struct http_client *client)
{
	return client->endpoints.urls[client->endpoints.current];
}

/* ------------------------------------------------------------------ streams */

static unsigned slot_of(unsigned stream)
{
	assert(stream < GATEWAY_STREAMS_MAX);
	return TRANSPORT_STREAM + stream;
}

/* What was handed out last has been dealt with. */
static void take_back(struct http_client *client)
{
	if (!client->lends)
		return;
	client->lends = false;
	if (client->ended[client->lent]) {
		client->ended[client->lent] = false;
		transport_release(client->transport, slot_of(client->lent));
	} else {
		transport_drop(client->transport, slot_of(client->lent));
	}
}

static void lend(struct http_client *client, unsigned stream)
{
	client->lends = true;
	client->lent = stream;
}

struct buf *http_client_stream_request(struct http_client *client, unsigned stream)
{
	take_back(client);
	return transport_request(client->transport, slot_of(stream));
}

int http_client_stream_open(struct http_client *client, unsigned stream,
	const struct request *request, int64_t timeout_s, const struct now *now)
{
	unsigned slot = slot_of(stream);
	struct pending_request *pending = &client->pending[slot];
	take_back(client);
	if (!remember(pending, request))
		return -1;
	pending->request.timeout_s = timeout_s;
	pending->endpoint = client->endpoints.current;
	return send_request(client, slot, now);
}

void http_client_stream_close(struct http_client *client, unsigned stream)
{
	struct pending_request *pending = &client->pending[slot_of(stream)];
	take_back(client);
	pending->waits = false;
	pending->failed = false;
	client->ended[stream] = false;
	transport_close(client->transport, slot_of(stream));
}

/* False: nothing is new. */
static bool hear(
	struct http_client *client, unsigned stream, struct http_client_part *out_part)
{
	struct pending_request *pending = &client->pending[slot_of(stream)];
	const struct transport_answer *end = &client->ends[stream];
	if (pending->failed) {
		pending->failed = false;
		*out_part = (struct http_client_part){
			.stream = stream, .over = true, .outcome = &client->outcome};
		return true;
	}
	*out_part = (struct http_client_part){.stream = stream};
	if (client->ended[stream]) {
		out_part->bytes = end->body;
		out_part->n = end->n;
		out_part->over = true;
		out_part->transfer = end->transfer;
		out_part->date = end->date;
	} else if (!transport_read(client->transport, slot_of(stream), &out_part->bytes,
			   &out_part->n)) {
		return false;
	}
	lend(client, stream);
	return true;
}

bool http_client_stream_take(struct http_client *client, const struct now *now,
	struct http_client_part *out_part)
{
	take_back(client);
	(void)collect(client, now);
	for (unsigned i = 0; i < GATEWAY_STREAMS_MAX; i++) {
		unsigned stream = (client->turn + i) % GATEWAY_STREAMS_MAX;
		if (!hear(client, stream, out_part))
			continue;
		client->turn = (stream + 1) % GATEWAY_STREAMS_MAX;
		return true;
	}
	return false;
}
