#ifndef GATEWAY_AUTH_ASSERTION_H
#define GATEWAY_AUTH_ASSERTION_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A client proves itself by a signed JWT (RFC 7523 section 3, RFC 7515; Microsoft
 * account platform, "certificate credentials"): PS256, the certificate named by
 * x5t#S256, good for ten minutes.
 */
#define ASSERTION_LIFE_S 600
#define ASSERTION_ERROR_SIZE 256

struct assertion_key;

/* Reads a certificate and its key, which have to belong together and to be RSA. NULL with
 * the reason; the caller destroys it. */
struct assertion_key *assertion_key_create(const char *certificate_file,
	const char *key_file, char out_error[ASSERTION_ERROR_SIZE]);
void assertion_key_destroy(struct assertion_key *key); // accepts NULL

/* The first and the last second of the certificate's life, UTC. */
int64_t assertion_key_begins(const struct assertion_key *key);
int64_t assertion_key_ends(const struct assertion_key *key);

/* Appends the assertion for an endpoint. jti was never used before. Failure shows in
 * buf->failed. */
void assertion_write(struct buf *buf, const struct assertion_key *key,
	const char *endpoint, const char *client_id, const char *jti, int64_t now);

#endif
