#ifndef GATEWAY_LOGIN_H
#define GATEWAY_LOGIN_H

#include "gateway/protocol/messages.h"

#include <stdint.h>

/* What somebody has to do to sign in. */
struct login_prompt {
	const char *where; // a URL, to be opened anywhere
	const char *code;  // to be typed there
	int64_t life_s;    // how long there is time for it
};

typedef void login_prompt_fn(void *context, const struct login_prompt *prompt);

/* Signs somebody in by device code (RFC 8628) and keeps the refresh token in token_file.
 * Waits for the person. 0, or -1 with the reason. */
int login_run(const struct gateway_configure *configure, login_prompt_fn *prompt,
	void *context, char out_error[GATEWAY_TEXT_MAX])
	__attribute__((warn_unused_result));

#endif
