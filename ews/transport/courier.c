#include "ews/transport/courier.h"

#include "ews/errand/verdict_make.h"
#include "ews/gateway/gateway_settings.h"
#include "ews/log_on/kerberos.h"
#include "ews/transport/courier_parcel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool prepare(struct courier *courier, const struct gateway_configure *configure,
	char out_error[GATEWAY_TEXT_MAX])
{
	courier->transport = transport_create(configure, out_error);
	if (!courier->transport)
		return false;
	if (endpoints_init(&courier->endpoints, configure->url)) {
		(void)snprintf(out_error, GATEWAY_TEXT_MAX, "out of memory");
		return false;
	}
	if (strcmp(configure->auth, "oauth2") == 0) {
		courier->tokens = tokens_create(configure, out_error);
		return courier->tokens != NULL;
	}
	if (strcmp(configure->auth, "negotiate") != 0)
		return true;
	(void)snprintf(out_error, GATEWAY_TEXT_MAX, "out of memory");
	courier->needs_tickets = true;
	return gateway_settings_init(&courier->settings, configure) == 0 &&
	       kerberos_prepare(&courier->settings.configure);
}

struct courier *courier_create(
	const struct gateway_configure *configure, char out_error[GATEWAY_TEXT_MAX])
{
	struct courier *courier = calloc(1, sizeof *courier);
	if (!courier) {
		(void)snprintf(out_error, GATEWAY_TEXT_MAX, "out of memory");
		return NULL;
	}
	if (!prepare(courier, configure, out_error)) {
		courier_destroy(courier);
		return NULL;
	}
	return courier;
}

static void forget(struct parcel *parcel)
{
	for (size_t i = 0; i < sizeof parcel->texts / sizeof *parcel->texts; i++)
		free(parcel->texts[i]);
	*parcel = (struct parcel){0};
}

void courier_destroy(struct courier *courier)
{
	if (!courier)
		return;
	for (unsigned i = 0; i < TRANSPORT_SLOTS; i++)
		forget(&courier->parcels[i]);
	transport_destroy(courier->transport);
	tokens_destroy(courier->tokens);
	endpoints_finish(&courier->endpoints);
	tickets_finish(&courier->tickets);
	gateway_settings_finish(&courier->settings);
	free(courier);
}

bool courier_impersonates(const struct courier *courier)
{
	return courier->tokens && tokens_impersonates(courier->tokens);
}

bool courier_may_block(const struct courier *courier, const struct moment *now)
{
	return tickets_may_block(&courier->tickets, now->mono_ms);
}

void courier_before_waiting(
	struct courier *courier, void (*call)(void *context), void *context)
{
	courier->before_waiting = call;
	courier->context = context;
}

struct buf *courier_request(struct courier *courier, unsigned slot)
{
	return transport_request(courier->transport, slot);
}

/* False: there is no ticket to go with, and the request is over. */
static bool has_ticket(struct courier *courier, struct parcel *parcel, const char *url,
	const struct moment *now)
{
	char error[KERBEROS_ERROR_SIZE] = "out of memory";
	uint32_t life_s;
	if (!courier->needs_tickets)
		return true;
	struct ticket *ticket = tickets_for(&courier->tickets, url);
	if (ticket && !ticket_is_due(ticket, now->mono_ms))
		return true;
	if (ticket && courier->before_waiting)
		courier->before_waiting(courier->context);
	if (ticket &&
		kerberos_log_on(&courier->settings.configure, url, &life_s, error)) {
		ticket_came(ticket, life_s, now->mono_ms);
		return true;
	}
	if (ticket && ticket_serves(ticket, now->mono_ms))
		return true;
	courier->verdict = verdict_of_no_ticket(error);
	parcel->failed = true;
	return false;
}

int courier_send(struct courier *courier, unsigned slot, const struct moment *now)
{
	struct parcel *parcel = &courier->parcels[slot];
	const char *token = NULL;
	struct errand errand = parcel->errand;
	if (!errand.url)
		errand.url = courier->endpoints.urls[parcel->endpoint];
	if (errand.anonymous)
		return transport_post(courier->transport, slot, NULL, &errand);
	if (!has_ticket(courier, parcel, errand.url, now))
		return 0;
	if (courier->tokens) {
		struct bearer *bearer = tokens_bearer(courier->tokens);
		parcel->waits = !bearer_is_usable(bearer, now->mono_ms);
		if (parcel->waits)
			return 0;
		token = bearer->token.bytes;
		parcel->serial = bearer->serial;
		bearer->used = true;
	}
	return transport_post(courier->transport, slot, token, &errand);
}

/* The errand lives as long as its request, which may wait or be sent twice. */
bool courier_remember(struct parcel *parcel, const struct errand *errand)
{
	const char **texts[] = {
		&parcel->errand.url, &parcel->errand.anchor, &parcel->errand.cookie};
	forget(parcel);
	parcel->errand = *errand;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (!*texts[i])
			continue;
		*texts[i] = parcel->texts[i] = strdup(*texts[i]);
		if (!*texts[i])
			return false;
	}
	return true;
}

int courier_post(struct courier *courier, unsigned slot, const struct errand *errand,
	const struct moment *now)
{
	struct parcel *parcel = &courier->parcels[slot];
	if (!courier_remember(parcel, errand))
		return -1;
	parcel->endpoint = endpoints_pick(&courier->endpoints, now->mono_ms);
	return courier_send(courier, slot, now);
}

short courier_wait(struct courier *courier, int fd, short events, int timeout_ms)
{
	return transport_wait(courier->transport, fd, events, timeout_ms);
}

int64_t courier_due(const struct courier *courier)
{
	for (unsigned i = 0; i < TRANSPORT_SLOTS; i++)
		if (courier->parcels[i].failed)
			return 0;
	return courier->tokens ? bearer_due(tokens_bearer(courier->tokens)) : INT64_MAX;
}

/* ------------------------------------------------------------------ tokens */

static struct verdict out_of_memory(void)
{
	return verdict_make(VERDICT_RETRY, GATEWAY_FAULT_TRANSIENT, "out of memory");
}

static bool somebody_waits(const struct courier *courier)
{
	for (unsigned i = 0; i < TRANSPORT_SLOTS; i++)
		if (courier->parcels[i].waits)
			return true;
	return false;
}

/* There is no token: those who wait learn why. Where the last one is still good, somebody
 * should know that the next one will not come. */
static void settle_failure(struct courier *courier)
{
	bool nobody = true;
	for (unsigned i = 0; i < TRANSPORT_SLOTS; i++) {
		struct parcel *parcel = &courier->parcels[i];
		nobody &= !parcel->waits;
		parcel->failed |= parcel->waits;
		parcel->waits = false;
	}
	courier->hinting |= nobody;
}

static void settle_success(struct courier *courier, const struct moment *now)
{
	courier->hinting |= courier->verdict.text[0] != '\0';
	for (unsigned i = 0; i < TRANSPORT_SLOTS; i++) {
		struct parcel *parcel = &courier->parcels[i];
		if (!parcel->waits || courier_send(courier, i, now) == 0)
			continue;
		courier->verdict = out_of_memory();
		parcel->waits = false;
		parcel->failed = true;
	}
}

static void ask_for_token(struct courier *courier, const struct moment *now)
{
	struct bearer *bearer = tokens_bearer(courier->tokens);
	struct buf *form = courier_request(courier, TRANSPORT_TOKEN);
	courier->verdict = out_of_memory();
	if (form && tokens_ask(courier->tokens, form, now->utc_s, &courier->verdict) &&
		transport_post_form(courier->transport, tokens_url(courier->tokens)) ==
			0) {
		bearer->asking = true;
		return;
	}
	bearer_fail(bearer, now->mono_ms);
	settle_failure(courier);
}

static void take_token(struct courier *courier, const struct transport_answer *answer,
	const struct moment *now)
{
	bool granted = tokens_take(courier->tokens, &answer->transfer, answer->body,
		answer->n, now->mono_ms, &courier->verdict);
	transport_release(courier->transport, TRANSPORT_TOKEN);
	if (granted)
		settle_success(courier, now);
	else
		settle_failure(courier);
}

static void send_again(struct courier *courier, unsigned slot, const struct moment *now)
{
	transport_release(courier->transport, slot);
	if (courier_send(courier, slot, now) == 0)
		return;
	courier->verdict = out_of_memory();
	courier->parcels[slot].failed = true;
}

/* Exchange may refuse a token before its time, or forget who a connection belongs to;
 * another one is worth a try, once. */
static bool tries_again(struct courier *courier, const struct transport_answer *answer,
	const struct moment *now)
{
	struct parcel *parcel = &courier->parcels[answer->slot];
	if (parcel->errand.anonymous ||
		(!courier->tokens && !answer->transfer.forgotten) || parcel->renewed ||
		answer->transfer.result != TRANSFER_ANSWERED ||
		answer->transfer.status != 401)
		return false;
	if (courier->tokens)
		bearer_drop(tokens_bearer(courier->tokens), parcel->serial);
	parcel->renewed = true;
	send_again(courier, answer->slot, now);
	return true;
}

/* What could not be reached in one way may be in another. */
static bool tries_elsewhere(struct courier *courier,
	const struct transport_answer *answer, const struct moment *now)
{
	struct parcel *parcel = &courier->parcels[answer->slot];
	struct endpoints *endpoints = &courier->endpoints;
	if (parcel->errand.url)
		return false;
	if (!endpoints_is_missed(&answer->transfer)) {
		endpoints_reached(endpoints, parcel->endpoint, now->mono_ms);
		return false;
	}
	if (!endpoints_missed(endpoints, parcel->endpoint, &parcel->tried, now->mono_ms,
		    &parcel->endpoint))
		return false;
	send_again(courier, answer->slot, now);
	return true;
}

void courier_turn(struct courier *courier, const struct moment *now)
{
	transport_turn(courier->transport);
	if (courier->tokens && bearer_is_wanted(tokens_bearer(courier->tokens),
				       somebody_waits(courier), now->mono_ms))
		ask_for_token(courier, now);
}

/* ------------------------------------------------------------------ answers */

static bool take_failed(struct courier *courier, struct courier_answer *out_answer)
{
	for (unsigned i = 0; i < EWS_CONCURRENCY_MAX; i++) {
		if (!courier->parcels[i].failed)
			continue;
		courier->parcels[i].failed = false;
		*out_answer =
			(struct courier_answer){.slot = i, .verdict = &courier->verdict};
		return true;
	}
	return false;
}

/* Answers to requests queue up in the transport, ends of streams in their parcels. */
bool courier_collect(struct courier *courier, const struct moment *now)
{
	struct transport_answer answer;
	while (!courier->has_answer &&
		transport_take(courier->transport, now->utc_s, &answer)) {
		if (answer.slot == TRANSPORT_TOKEN)
			take_token(courier, &answer, now);
		else if (tries_again(courier, &answer, now) ||
			 tries_elsewhere(courier, &answer, now))
			continue;
		else if (answer.slot >= TRANSPORT_STREAM)
			courier_end_stream(courier, &answer);
		else
			courier->answer = answer;
		courier->has_answer = answer.slot < TRANSPORT_TOKEN;
	}
	return courier->has_answer;
}

bool courier_take(struct courier *courier, const struct moment *now,
	struct courier_answer *out_answer)
{
	bool got = courier_collect(courier, now);
	if (take_failed(courier, out_answer))
		return true;
	if (!got)
		return false;
	courier->has_answer = false;
	*out_answer = (struct courier_answer){
		.slot = courier->answer.slot, .answer = courier->answer};
	return true;
}

void courier_release(struct courier *courier, unsigned slot)
{
	transport_release(courier->transport, slot);
}

const char *courier_hint(struct courier *courier)
{
	if (!courier->hinting)
		return endpoints_hint(&courier->endpoints);
	courier->hinting = false;
	return courier->verdict.text;
}

const char *courier_endpoint(const struct courier *courier)
{
	return courier->endpoints.urls[courier->endpoints.current];
}
