#ifndef GATEWAY_AUTH_TOKEN_FILE_H
#define GATEWAY_AUTH_TOKEN_FILE_H

#include "base/secret.h"

/* The file that keeps a refresh token, one line, over restarts. Issuers give a new one at
 * each use and sooner or later forget the old, so that it is replaced as a whole: another
 * file is written, synced and renamed. Nobody but its owner may read it. */

/* NULL, or what is wrong. */
const char *token_file_read(const char *path, struct secret *out_token);
const char *token_file_replace(const char *path, const struct secret *token);

#endif
