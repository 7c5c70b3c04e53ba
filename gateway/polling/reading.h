#ifndef GATEWAY_POLLING_READING_H
#define GATEWAY_POLLING_READING_H

#include "gateway/protocol/messages.h"

#include <stdbool.h>
#include <stddef.h>

/* What an answer tells of calendars, whatever kind of gateway it came from. */

/* How a mailbox that answered with an error is better asked. */
enum reading_advice {
	READING_NO_ADVICE,
	READING_IN_CHUNKS,  // it has more entries than are told at once
	READING_BY_DIGITS,  // it has a digit a slot, and no entries
	READING_FREE_BUSY,  // its entries are not for us to see
	READING_IN_VERSION, // in an earlier version
};

struct mailbox_reading {
	enum gateway_fault fault; // NONE: events count
	char code[64];            // of a failure
	char text[256];           // likewise, for people: one line
	size_t first;             // its events are events[first .. first + n)
	size_t n;
	bool elsewhere;  // it is not to be had here: another gateway may have it
	int64_t wait_ms; // it is not to be asked before; 0: it may be
	bool late;       // there was no time left for it
	enum reading_advice advice;
	const char *version; // for READING_IN_VERSION; lives for ever
};

struct reading {
	struct mailbox_reading *mailboxes; // owned; in the order of the request
	size_t n;
	struct gateway_event *events; // owned, all mailboxes' events
	size_t n_events;
	char unknown_state[32]; // of an entry, which counts as busy; "": none was
};

#endif
