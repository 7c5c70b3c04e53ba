/* arc4random_buf() for what stands for secrets in this process */
#define _DEFAULT_SOURCE

#include "component/accounts.h"

#include <stdlib.h>
#include <string.h>

struct loading {
	struct breakers *breakers;
	struct now now;
};

static void load(void *context, const struct store_breaker *stored)
{
	const struct loading *loading = context;
	struct breaker_row row = {
		.refusals = (uint32_t)stored->refusals,
		.bad = {stored->bad_before, stored->bad_last},
	};

	memcpy(row.id, stored->id, sizeof(row.id));
	breakers_load(loading->breakers, &row, loading->now.mono_ms,
		loading->now.wall_ms / 1000);
}

void accounts_load(struct breakers *breakers, struct store *store, struct now now)
{
	unsigned char salt[STORE_SALT_SIZE];
	uint64_t seed;

	arc4random_buf(&seed, sizeof(seed));
	arc4random_buf(salt, sizeof(salt));
	store_salt(store, salt);
	breakers_init(breakers, seed, salt);
	(void)store_each_breaker(store, load, &(struct loading){breakers, now});
}

void accounts_save(struct breakers *breakers, struct store *store, struct now now)
{
	int64_t utc_s = now.wall_ms / 1000;
	struct breaker_row row;

	while (breakers_next_row(breakers, now.mono_ms, utc_s, &row)) {
		struct store_breaker stored = {
			.refusals = row.refusals,
			.bad_before = row.bad[0],
			.bad_last = row.bad[1],
		};

		memcpy(stored.id, row.id, sizeof(stored.id));
		store_put_breaker(store, &stored, utc_s);
	}
}
