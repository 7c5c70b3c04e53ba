#include "gateway/auth/token.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

/* What goes into a header or onto a terminal has no character that could end it. */
static void require_plain(const struct secret *secret)
{
	for (size_t i = 0; i < secret->len; i++)
		require(secret->bytes[i] > ' ' && secret->bytes[i] <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct token_answer answer;
	if (token_read((const char *)data, size, &answer) < 0)
		return 0;
	require((answer.token.bytes != NULL) == (answer.kind == TOKEN_GRANTED));
	require((answer.device.bytes != NULL) == (answer.kind == TOKEN_DEVICE));
	require(answer.life_s >= 1 || answer.kind > TOKEN_DEVICE);
	require_plain(&answer.token);
	require_plain(&answer.refresh);
	require_plain(&answer.device);
	for (long status = 200; status <= 500; status += 100) {
		struct transfer transfer = {.result = TRANSFER_ANSWERED,
			.status = status,
			.retry_after_ms = -1};
		require(token_outcome(&transfer, &answer).text[0] != '\0');
	}
	token_answer_finish(&answer);
	return 0;
}
