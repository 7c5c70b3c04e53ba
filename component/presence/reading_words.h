#ifndef COMPONENT_PRESENCE_READING_WORDS_H
#define COMPONENT_PRESENCE_READING_WORDS_H

#include "mapping/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a reading by the words of an earlier configuration says in the numbers of today's
 * (`gateway_configure::words`): what was found of a word that is still looked for counts
 * on.
 */
struct reading_words {
	uint64_t was[CAL_EVENT_WORDS_MAX]; // the old bit of each word; 0: it is a new one
	bool has_new;
};

/* Both are lists of lines; old need not end with a NUL. */
struct reading_words reading_words_match(const char *old, size_t n, const char *present);
/* The flags of an event with the words' bits as they are today. */
uint64_t reading_words_translate(const struct reading_words *words, uint64_t flags);

#endif
