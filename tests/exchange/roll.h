#ifndef EXCHANGE_ROLL_H
#define EXCHANGE_ROLL_H

#include "exchange/calendar.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	ROLL_MAX_ADDRESS = 1000,
	ROLL_MAX = 20000, // far above what any operation answers
};

/* The mailboxes that a request is about, in its order. */
struct roll_entry {
	char *address;                    // owned
	struct calendar_mailbox *mailbox; // not owned; NULL: not known here
};

struct roll {
	struct roll_entry *entries; // owned
	size_t count;
	size_t capacity;
};

/* Copies the address; false: out of memory or over the maximum. */
bool roll_add(struct roll *roll, const char *address);
/* Looks the mailboxes up. */
void roll_resolve(struct roll *roll, const struct calendar *calendar);
/* In any case of letters. */
bool roll_has(const struct roll *roll, const char *address);
void roll_finish(struct roll *roll);

#endif
