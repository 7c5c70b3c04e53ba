#ifndef GATEWAY_AUTH_TOKEN_H
#define GATEWAY_AUTH_TOKEN_H

#include "base/buf.h"
#include "base/secret.h"
#include "gateway/request/outcome.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What is said to and by the issuer of tokens (RFC 6749: OAuth 2.0; RFC 7523 section 2.2:
 * a signed assertion instead of a secret; RFC 8628: device code), as bytes in and bytes
 * out.
 */
#define TOKEN_BODY_MAX (64 * 1024)  // of a request, and of an answer that is believed
#define TOKEN_MAX (16 * 1024)       // one token
#define TOKEN_LIFE_S INT64_C(3600)  // where the answer does not say
#define TOKEN_INTERVAL_S INT64_C(5) // between two questions for a device code, likewise

/* NULL: not said. */
struct token_query {
	const char *client_id;
	const char *scope;
	const char *claims;
	const char *client_secret;
	const char *assertion;
	const char *refresh_token;
	const char *device_code;
};

/* Appends the form for the token endpoint. What proves the client is said beside what is
 * asked for: a refresh token, a device code, else the client's own credentials. */
void token_write(struct buf *buf, const struct token_query *query);
/* Likewise for the device authorization endpoint. */
void token_write_device(struct buf *buf, const struct token_query *query);

enum token_kind {
	TOKEN_GRANTED,
	TOKEN_DEVICE,  // a device code, and what somebody has to type where
	TOKEN_PENDING, // nobody has typed it yet
	TOKEN_SLOWER,  // likewise, and we asked too often
	TOKEN_REFUSED, // with a reason
	TOKEN_BROKEN,  // no answer that makes sense
};

struct token_answer {
	enum token_kind kind;
	struct secret token;       // of GRANTED
	struct secret refresh;     // likewise; not always there
	struct secret device;      // of DEVICE
	int64_t life_s;            // of either code or token; at least 1
	int64_t interval_s;        // of DEVICE
	char user_code[64];        // of DEVICE; printable
	char where[256];           // of DEVICE: the URL where to type it
	char error[64];            // of REFUSED
	char text[256];            // of REFUSED and BROKEN: one line
	unsigned long long aadsts; // the number that Microsoft gives the error; 0: none
};

/* 0, or -1 when out of memory; to be finished after 0. */
int token_read(const char *bytes, size_t n, struct token_answer *out_answer)
	__attribute__((warn_unused_result));
void token_answer_finish(struct token_answer *answer);

/* Judges what did not end in TOKEN_GRANTED. answer is NULL where no body came. */
struct outcome token_outcome(
	const struct transfer *transfer, const struct token_answer *answer);

#endif
