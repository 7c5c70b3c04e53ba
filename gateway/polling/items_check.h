#ifndef GATEWAY_POLLING_ITEMS_CHECK_H
#define GATEWAY_POLLING_ITEMS_CHECK_H

#include "gateway/protocol/messages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether a gateway tells all entries of a calendar where they are read one by one. Some
 * servers leave out recurring ones, and people would look free in them: so the first
 * calendars are read by free/busy as well, and compared. No I/O, no clock.
 */
#define ITEMS_CHECK_GOOD 5     // calendars with something in them that were whole
#define ITEMS_CHECK_BAD 2      // in a row that were not
#define ITEMS_CHECK_MAX 20     // in all
#define ITEMS_CHECK_EDGE_S 120 // the two readings are not of the same moment

struct items_check {
	bool out;                     // one is being read by free/busy
	uint32_t mailbox;             // which
	struct gateway_event *events; // owned; its entries
	size_t n;
	int64_t to; // the end of the window that they are of
	unsigned n_checked;
	unsigned good;
	unsigned bad;
};

void items_check_finish(struct items_check *check);
/* A mailbox was read entry by entry. True: it is to be read by free/busy, too. */
bool items_check_begin(
	struct items_check *check, const struct gateway_calendar *calendar);
/* It was. True: entries are missing, and were in the one before. */
bool items_check_end(
	struct items_check *check, const struct gateway_event *events, size_t n);
/* It could not be, or is no longer watched. Of another mailbox: does nothing. */
void items_check_abandon(struct items_check *check, uint32_t mailbox);

#endif
