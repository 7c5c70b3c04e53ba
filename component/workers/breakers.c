#include "component/workers/breakers.h"

#include <string.h>

void breakers_init(struct breakers *breakers, uint64_t seed)
{
	*breakers = (struct breakers){.seed = seed};
}

/* FNV-1a. The length keeps "ab" "c" apart from "a" "bc". */
static uint64_t add(uint64_t hash, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
	return (hash ^ n) * UINT64_C(1099511628211);
}

uint64_t breakers_account(
	const struct breakers *breakers, const struct gateway_configure *configure)
{
	const char *const texts[] = {configure->auth, configure->username,
		configure->keytab, configure->principal, configure->authority,
		configure->tenant, configure->client_id, configure->certificate_file,
		configure->key_file, configure->token_file};
	uint64_t hash = breakers->seed ^ UINT64_C(14695981039346656037);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		hash = add(
			hash, texts[i] ? texts[i] : "", texts[i] ? strlen(texts[i]) : 0);
	if (configure->password)
		hash = add(hash, configure->password, configure->password_len);
	return hash ? hash : 1;
}

static struct breaker *find(struct breakers *breakers, uint64_t account)
{
	for (size_t i = 0; i < BREAKERS_MAX; i++)
		if (breakers->list[i].account == account)
			return &breakers->list[i];
	return NULL;
}

void breakers_refused(struct breakers *breakers, uint64_t account, int64_t now_ms)
{
	struct breaker *breaker = find(breakers, account);
	struct breaker *oldest = &breakers->list[0];
	for (size_t i = 0; i < BREAKERS_MAX; i++) {
		struct breaker *other = &breakers->list[i];
		if (other->account == 0 || other->until_ms < oldest->until_ms)
			oldest = other;
		if (oldest->account == 0)
			break;
	}
	if (!breaker) {
		breaker = oldest;
		*breaker = (struct breaker){.account = account};
	}
	if (breaker->refusals < UINT32_MAX)
		breaker->refusals++;
	breaker->until_ms =
		now_ms + (breaker->refusals > 1 ? BREAKERS_OPEN_MS : BREAKERS_FIRST_MS);
}

void breakers_granted(struct breakers *breakers, uint64_t account)
{
	struct breaker *breaker = find(breakers, account);
	if (breaker)
		*breaker = (struct breaker){.account = 0};
}

struct gateway_breaker breakers_state(
	const struct breakers *breakers, uint64_t account, unsigned after, int64_t now_ms)
{
	for (size_t i = 0; i < BREAKERS_MAX; i++) {
		const struct breaker *breaker = &breakers->list[i];
		if (breaker->account != account)
			continue;
		int64_t wait_ms =
			breaker->until_ms > now_ms ? breaker->until_ms - now_ms : 0;
		return (struct gateway_breaker){.refusals = breaker->refusals,
			.wait_ms = (uint32_t)wait_ms + after * BREAKERS_BETWEEN_MS};
	}
	return (struct gateway_breaker){.refusals = 0};
}
