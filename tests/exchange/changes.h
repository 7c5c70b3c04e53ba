#ifndef EXCHANGE_CHANGES_H
#define EXCHANGE_CHANGES_H

#include "exchange/calendar.h"

#include "base/buf.h"

/* The events of t:NotificationType. */
enum change {
	CHANGE_COPIED,
	CHANGE_CREATED,
	CHANGE_DELETED,
	CHANGE_MODIFIED,
	CHANGE_MOVED,
	CHANGE_NEW_MAIL,
	CHANGE_FREE_BUSY,
	CHANGES,
};

/* By the text of t:EventType. */
bool changes_parse(const char *name, enum change *out_change);

/* Appends what a change to a calendar makes Exchange send to who wants these events
 * (1 << enum change): several for one change. Returns how many. */
unsigned changes_put(struct buf *out, enum calendar_change change, int64_t event,
	unsigned wanted, int64_t now_s);

#endif
