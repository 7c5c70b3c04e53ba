#ifndef GATEWAY_AUTH_TOKENS_H
#define GATEWAY_AUTH_TOKENS_H

#include "gateway/auth/bearer.h"
#include "gateway/auth/token.h"
#include "gateway/protocol/messages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How a gateway comes by its tokens: which question to put to the issuer, with what
 * proof, and what its answer means. Reads and replaces token_file; sends nothing itself.
 */
struct tokens;

/* NULL with the reason: a certificate that cannot be read, memory. */
struct tokens *tokens_create(
	const struct gateway_configure *configure, char out_error[GATEWAY_TEXT_MAX]);
void tokens_destroy(struct tokens *tokens); // accepts NULL

struct bearer *tokens_bearer(struct tokens *tokens);
/* The endpoint for tokens, and that for device codes. */
const char *tokens_url(const struct tokens *tokens);
const char *tokens_device_url(const struct tokens *tokens);
/* Whether requests have to name somebody in whose name they are. */
bool tokens_impersonates(const struct tokens *tokens);

/* Writes the question. False: it cannot be put, and why. */
bool tokens_ask(struct tokens *tokens, struct buf *form, int64_t now_s,
	struct outcome *out_outcome) __attribute__((warn_unused_result));
/* The question for a device code, and the one after it. */
void tokens_ask_device(const struct tokens *tokens, struct buf *form);
void tokens_ask_for_device(
	const struct tokens *tokens, const struct secret *device, struct buf *form);

/* The server named claims that the next token has to have (gateway/auth/claims.h); what
 * names none changes nothing. */
void tokens_challenged(struct tokens *tokens, const char *challenge);

/* Takes the end of a transfer of n bytes. True: there is a token. A refresh token that
 * cannot be kept is told in out_outcome in both cases (its text is "" otherwise). */
bool tokens_take(struct tokens *tokens, const struct transfer *transfer,
	const char *bytes, size_t n, int64_t now_ms, struct outcome *out_outcome)
	__attribute__((warn_unused_result));

#endif
