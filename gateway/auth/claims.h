#ifndef GATEWAY_AUTH_CLAIMS_H
#define GATEWAY_AUTH_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A claims challenge (docs: entra claims-challenge): a server refuses a token, however
 * young, and names what the next one has to say, as base64 of JSON in WWW-Authenticate.
 */
#define CLAIMS_MAX 2048 // bytes of either form

/* Takes them out of the value of the header. False: there are none, or what is there is
 * no JSON object of a size that makes sense. */
bool claims_take(const char *challenge, char out_claims[CLAIMS_MAX]);

#endif
