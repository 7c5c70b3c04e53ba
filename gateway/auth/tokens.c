#include "gateway/auth/tokens.h"

#include "base/clock.h"
#include "gateway/auth/assertion.h"
#include "gateway/auth/claims.h"
#include "gateway/auth/token_file.h"
#include "gateway/auth/uuid.h"
#include "gateway/request/outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URL_SIZE 3072

struct tokens {
	const struct gateway_configure *configure; // borrowed
	struct assertion_key *key; // owned; NULL: a secret, or somebody who signed in
	struct bearer bearer;
	struct secret refresh;   // as it was read from token_file
	bool delegated;          // somebody signed in
	char claims[CLAIMS_MAX]; // for the next question; "": none
	char url[URL_SIZE];
	char device_url[URL_SIZE];
};

static bool write_url(char out_url[URL_SIZE], const struct gateway_configure *configure,
	const char *endpoint)
{
	size_t n = strlen(configure->authority);
	while (n > 0 && configure->authority[n - 1] == '/')
		n--;
	int length = snprintf(out_url, URL_SIZE, "%.*s/%s/oauth2/v2.0/%s", (int)n,
		configure->authority, configure->tenant, endpoint);
	return length > 0 && length < URL_SIZE;
}

static const char *fill(struct tokens *tokens, const struct gateway_configure *configure,
	char error[ASSERTION_ERROR_SIZE])
{
	tokens->configure = configure;
	tokens->delegated = strcmp(configure->flow, "device_code") == 0;
	if (!write_url(tokens->url, configure, "token") ||
		!write_url(tokens->device_url, configure, "devicecode"))
		return "authority and tenant are too long";
	if (configure->certificate_file[0] == '\0')
		return NULL;
	tokens->key = assertion_key_create(
		configure->certificate_file, configure->key_file, error);
	return tokens->key ? NULL : error;
}

struct tokens *tokens_create(
	const struct gateway_configure *configure, char out_error[GATEWAY_TEXT_MAX])
{
	char text[ASSERTION_ERROR_SIZE];
	struct tokens *tokens = calloc(1, sizeof *tokens);
	const char *error = tokens ? fill(tokens, configure, text) : "out of memory";
	if (!error)
		return tokens;
	(void)snprintf(out_error, GATEWAY_TEXT_MAX, "%s", error);
	tokens_destroy(tokens);
	return NULL;
}

void tokens_destroy(struct tokens *tokens)
{
	if (!tokens)
		return;
	assertion_key_destroy(tokens->key);
	bearer_finish(&tokens->bearer);
	secret_finish(&tokens->refresh);
	free(tokens);
}

struct bearer *tokens_bearer(struct tokens *tokens)
{
	return &tokens->bearer;
}

const char *tokens_url(const struct tokens *tokens)
{
	return tokens->url;
}

const char *tokens_device_url(const struct tokens *tokens)
{
	return tokens->device_url;
}

bool tokens_impersonates(const struct tokens *tokens)
{
	return tokens->configure->impersonate;
}

static struct token_query query_of(const struct tokens *tokens)
{
	const struct gateway_configure *configure = tokens->configure;
	return (struct token_query){.client_id = configure->client_id,
		.scope = configure->scope,
		.claims = tokens->claims[0] ? tokens->claims : NULL,
		.client_secret =
			configure->password_len > 0 ? configure->password : NULL};
}

/* False where the certificate's time is not now: the issuer would only say so later. */
static bool check_life(
	const struct tokens *tokens, int64_t now_s, struct outcome *out_outcome)
{
	char day[CLOCK_TEXT_SIZE];
	bool over = now_s > assertion_key_ends(tokens->key);
	int64_t edge = over ? assertion_key_ends(tokens->key)
			    : assertion_key_begins(tokens->key);
	if (!over && now_s >= edge)
		return true;
	clock_print(edge < 0 ? 0 : edge * 1000, day);
	*out_outcome = outcome_make(OUTCOME_STOP, GATEWAY_FAULT_AUTH,
		"no token: the certificate of the application %s %s: register a new "
		"one, or set this machine's clock right",
		over ? "expired at" : "is not valid before", day);
	return false;
}

static bool ask_with_certificate(struct tokens *tokens, struct buf *form, int64_t now_s,
	struct outcome *out_outcome)
{
	char jti[UUID_SIZE];
	struct token_query query = query_of(tokens);
	struct buf assertion;
	if (!check_life(tokens, now_s, out_outcome))
		return false;
	buf_init(&assertion, TOKEN_BODY_MAX);
	uuid_write(jti);
	assertion_write(
		&assertion, tokens->key, tokens->url, query.client_id, jti, now_s);
	query.assertion = buf_text(&assertion);
	bool written = !assertion.failed;
	if (written)
		token_write(form, &query);
	else
		*out_outcome = outcome_make(OUTCOME_STOP, GATEWAY_FAULT_CONFIG,
			"no token: the assertion cannot be signed with key_file");
	buf_finish(&assertion);
	return written;
}

/* Read each time: `calpresence login` may have replaced it. */
static bool ask_with_refresh(
	struct tokens *tokens, struct buf *form, struct outcome *out_outcome)
{
	const char *path = tokens->configure->token_file;
	struct token_query query = query_of(tokens);
	const char *problem = token_file_read(path, &tokens->refresh);
	if (problem) {
		*out_outcome = outcome_make(OUTCOME_STOP, GATEWAY_FAULT_AUTH,
			"no token: token_file \"%s\": %s; sign in with `calpresence "
			"login "
			"%s`",
			path, problem, tokens->configure->name);
		return false;
	}
	query.refresh_token = tokens->refresh.bytes;
	token_write(form, &query);
	return true;
}

void tokens_challenged(struct tokens *tokens, const char *challenge)
{
	char claims[CLAIMS_MAX];
	if (claims_take(challenge, claims))
		memcpy(tokens->claims, claims, sizeof claims);
}

static bool ask(struct tokens *tokens, struct buf *form, int64_t now_s,
	struct outcome *out_outcome)
{
	if (tokens->delegated)
		return ask_with_refresh(tokens, form, out_outcome);
	if (tokens->key)
		return ask_with_certificate(tokens, form, now_s, out_outcome);
	struct token_query query = query_of(tokens);
	token_write(form, &query);
	return true;
}

bool tokens_ask(struct tokens *tokens, struct buf *form, int64_t now_s,
	struct outcome *out_outcome)
{
	bool asked = ask(tokens, form, now_s, out_outcome);
	tokens->claims[0] = '\0'; // they are of one token
	return asked;
}

void tokens_ask_device(const struct tokens *tokens, struct buf *form)
{
	struct token_query query = query_of(tokens);
	token_write_device(form, &query);
}

void tokens_ask_for_device(
	const struct tokens *tokens, const struct secret *device, struct buf *form)
{
	struct token_query query = query_of(tokens);
	query.device_code = device->bytes;
	token_write(form, &query);
}

/* A sign-in of meanwhile is newer than the token that ours led to. */
static const char *keep_refresh(const struct tokens *tokens, const struct secret *refresh)
{
	const char *path = tokens->configure->token_file;
	struct secret present = {0};
	bool replaced = !token_file_read(path, &present) && tokens->refresh.bytes &&
			!secret_equal(&present, &tokens->refresh);
	secret_finish(&present);
	return replaced ? NULL : token_file_replace(path, refresh);
}

static bool take_granted(struct tokens *tokens, const struct token_answer *answer,
	int64_t now_ms, struct outcome *out_outcome)
{
	const char *problem = tokens->delegated && answer->refresh.bytes
				      ? keep_refresh(tokens, &answer->refresh)
				      : NULL;
	*out_outcome = (struct outcome){.class = OUTCOME_USE};
	if (problem)
		*out_outcome = outcome_make(OUTCOME_USE, GATEWAY_FAULT_CONFIG,
			"the new refresh token cannot be kept in token_file \"%s\": %s; "
			"after a restart somebody may have to sign in anew",
			tokens->configure->token_file, problem);
	if (bearer_grant(&tokens->bearer, &answer->token, answer->life_s, now_ms))
		return true;
	*out_outcome = outcome_make(
		OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT, "no token: out of memory");
	return false;
}

bool tokens_take(struct tokens *tokens, const struct transfer *transfer,
	const char *bytes, size_t n, int64_t now_ms, struct outcome *out_outcome)
{
	struct token_answer answer = {0};
	bool answered = transfer->result == TRANSFER_ANSWERED && n > 0 &&
			token_read(bytes, n, &answer) == 0;
	bool granted = answered && answer.kind == TOKEN_GRANTED &&
		       transfer->status >= 200 && transfer->status < 300;
	if (granted)
		granted = take_granted(tokens, &answer, now_ms, out_outcome);
	else
		*out_outcome = token_outcome(transfer, answered ? &answer : NULL);
	if (!granted)
		bearer_fail(&tokens->bearer, now_ms);
	token_answer_finish(&answer);
	return granted;
}
