#ifndef EWS_MESSAGES_WORDS_H
#define EWS_MESSAGES_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The categories and organizers that somebody's rules name, so that entries are known by
 * numbers and nothing that people wrote leaves the reader. As a text: a line each, its
 * kind and then the word, in the order of the numbers; at most GATEWAY_WORDS_MAX count.
 */
enum words_kind {
	WORDS_CATEGORY = 'c',
	WORDS_ORGANIZER = 'o', // a name, or an address
};

/* Whether there is any word of this kind. words may be NULL. */
bool words_have(const char *words, enum words_kind kind);
/* The GATEWAY_EVENT_WORD() of those that are the text, the case of ASCII letters aside.
 */
uint64_t words_find(const char *words, enum words_kind kind, const char *text, size_t n);

#endif
