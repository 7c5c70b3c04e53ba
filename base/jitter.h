#ifndef BASE_JITTER_H
#define BASE_JITTER_H

#include <stdint.h>

/* A number from 0 to most, both included, by xorshift64* (Marsaglia) from a state that is
 * never 0. It keeps clients from moving in step and keeps no secret. */
int64_t jitter_upto(uint64_t *state, int64_t most);

#endif
