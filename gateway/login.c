#include "gateway/login.h"

#include "base/clock.h"
#include "gateway/auth/token_file.h"
#include "gateway/auth/tokens.h"
#include "gateway/http/transport.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SLOWER_S 5 // RFC 8628 section 3.5

struct login {
	struct transport *transport; // owned
	struct tokens *tokens;       // owned
	const char *token_file;
	char *error; // borrowed, of GATEWAY_TEXT_MAX
};

static int fail(struct login *login, const char *text)
{
	(void)snprintf(login->error, GATEWAY_TEXT_MAX, "%s", text);
	return -1;
}

/* Sends what was written and reads the answer, which is to be finished after 0. */
static int ask(struct login *login, const char *url, struct token_answer *out_answer)
{
	struct transport_answer answer;
	if (transport_post_form(login->transport, url))
		return fail(login, "out of memory");
	do {
		(void)transport_wait(login->transport, -1, 0, 1000);
		transport_turn(login->transport);
	} while (!transport_take(login->transport, clock_wall_ms() / 1000, &answer));
	bool read = answer.transfer.result == TRANSFER_ANSWERED && answer.n > 0 &&
		    token_read(answer.body, answer.n, out_answer) == 0;
	if (!read || out_answer->kind == TOKEN_REFUSED ||
		out_answer->kind == TOKEN_BROKEN) {
		struct outcome outcome =
			token_outcome(&answer.transfer, read ? out_answer : NULL);
		if (read)
			token_answer_finish(out_answer);
		read = false;
		(void)fail(login, outcome.text);
	}
	transport_release(login->transport, TRANSPORT_TOKEN);
	return read ? 0 : -1;
}

static int keep(struct login *login, const struct token_answer *answer)
{
	if (!answer->refresh.bytes)
		return fail(login, "the issuer gave no refresh token: scope has to have "
				   "offline_access in it");
	const char *problem = token_file_replace(login->token_file, &answer->refresh);
	if (!problem)
		return 0;
	(void)snprintf(login->error, GATEWAY_TEXT_MAX, "token_file \"%.300s\": %s",
		login->token_file, problem);
	return -1;
}

/* Asks until the person has typed the code, or the time is over. */
static int await(struct login *login, const struct token_answer *device)
{
	int64_t interval_s = device->interval_s;
	int64_t end_ms = clock_mono_ms() + device->life_s * 1000;
	while (clock_mono_ms() < end_ms) {
		struct token_answer answer;
		(void)transport_wait(login->transport, -1, 0, (int)(interval_s * 1000));
		struct buf *form = transport_request(login->transport, TRANSPORT_TOKEN);
		if (!form)
			return fail(login, "out of memory");
		tokens_ask_for_device(login->tokens, &device->device, form);
		if (ask(login, tokens_url(login->tokens), &answer))
			return -1;
		int kept = answer.kind == TOKEN_GRANTED ? keep(login, &answer) : 1;
		if (answer.kind == TOKEN_SLOWER)
			interval_s += SLOWER_S;
		token_answer_finish(&answer);
		if (kept <= 0)
			return kept;
	}
	return fail(login, "nobody has signed in in time");
}

static int sign_in(struct login *login, login_prompt_fn *prompt, void *context)
{
	struct token_answer device;
	struct buf *form = transport_request(login->transport, TRANSPORT_TOKEN);
	if (!form)
		return fail(login, "out of memory");
	tokens_ask_device(login->tokens, form);
	if (ask(login, tokens_device_url(login->tokens), &device))
		return -1;
	int result = -1;
	if (device.kind == TOKEN_DEVICE) {
		prompt(context, &(struct login_prompt){.where = device.where,
					.code = device.user_code,
					.life_s = device.life_s});
		result = await(login, &device);
	} else {
		(void)fail(login, "the issuer gave no device code");
	}
	token_answer_finish(&device);
	return result;
}

int login_run(const struct gateway_configure *configure, login_prompt_fn *prompt,
	void *context, char out_error[GATEWAY_TEXT_MAX])
{
	struct login login = {.token_file = configure->token_file, .error = out_error};
	int result = -1;
	login.transport = transport_create(configure, out_error);
	if (login.transport)
		login.tokens = tokens_create(configure, out_error);
	if (login.tokens)
		result = sign_in(&login, prompt, context);
	tokens_destroy(login.tokens);
	transport_destroy(login.transport);
	return result;
}
