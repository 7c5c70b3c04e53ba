#ifndef EWS_OPERATIONS_KEYWORD_FILTER_H
#define EWS_OPERATIONS_KEYWORD_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The categories and organizers that somebody's rules name, so that entries are known by
 * numbers and nothing that people wrote leaves the reader. As a text: a line each, its
 * kind and then the word, in the order of the numbers; at most GATEWAY_KEYWORDS_MAX
 * count.
 */
enum keyword_kind {
	KEYWORD_CATEGORY = 'c',
	KEYWORD_ORGANIZER = 'o', // a name, or an address
};

/* Whether there is any word of this kind. filter may be NULL. */
bool keyword_filter_has(const char *filter, enum keyword_kind kind);
/* The GATEWAY_EVENT_KEYWORD() of those that are the text, the case of ASCII letters
 * aside.
 */
uint64_t keyword_filter_find(
	const char *filter, enum keyword_kind kind, const char *text, size_t n);

#endif
