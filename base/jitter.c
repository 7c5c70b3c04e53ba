#include "base/jitter.h"

int64_t jitter_upto(uint64_t *state, int64_t most)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return (int64_t)(((x * UINT64_C(0x2545F4914F6CDD1D)) >> 32) %
			 ((uint64_t)most + 1));
}
