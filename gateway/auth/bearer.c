#include "gateway/auth/bearer.h"

void bearer_finish(struct bearer *bearer)
{
	secret_finish(&bearer->token);
	*bearer = (struct bearer){0};
}

bool bearer_is_usable(const struct bearer *bearer, int64_t now_ms)
{
	return bearer->token.bytes && now_ms < bearer->end_ms;
}

bool bearer_is_wanted(const struct bearer *bearer, bool needed, int64_t now_ms)
{
	if (bearer->asking)
		return false;
	if (needed && !bearer_is_usable(bearer, now_ms))
		return true;
	return now_ms >= bearer_due(bearer);
}

int64_t bearer_due(const struct bearer *bearer)
{
	bool alive = bearer->token.bytes && bearer->used && !bearer->asking;
	return alive ? bearer->renew_ms : INT64_MAX;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

bool bearer_grant(
	struct bearer *bearer, const struct secret *token, int64_t life_s, int64_t now_ms)
{
	int64_t life_ms = life_s * 1000;
	bearer->asking = false;
	if (!secret_set(&bearer->token, token->bytes, token->len))
		return false;
	bearer->serial++;
	bearer->used = false;
	bearer->end_ms = now_ms + life_ms - least(BEARER_MARGIN_MS, life_ms / 10);
	bearer->renew_ms = now_ms + life_ms - least(BEARER_AHEAD_MS, life_ms / 5);
	return true;
}

void bearer_fail(struct bearer *bearer, int64_t now_ms)
{
	bearer->asking = false;
	bearer->renew_ms = now_ms + BEARER_PAUSE_MS;
}

void bearer_drop(struct bearer *bearer, uint64_t serial)
{
	if (serial == bearer->serial)
		secret_finish(&bearer->token);
}
