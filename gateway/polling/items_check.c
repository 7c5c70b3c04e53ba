#include "gateway/polling/items_check.h"

#include <stdlib.h>
#include <string.h>

static void forget(struct items_check *check)
{
	free(check->events);
	check->events = NULL;
	check->n = 0;
	check->out = false;
}

void items_check_finish(struct items_check *check)
{
	forget(check);
}

static bool is_done(const struct items_check *check)
{
	return check->good >= ITEMS_CHECK_GOOD || check->bad >= ITEMS_CHECK_BAD ||
	       check->n_checked >= ITEMS_CHECK_MAX;
}

bool items_check_begin(struct items_check *check, const struct gateway_calendar *calendar)
{
	if (check->out || is_done(check))
		return false;
	check->events = calloc(calendar->n + 1, sizeof(*check->events));
	if (!check->events)
		return false;
	if (calendar->n > 0)
		memcpy(check->events, calendar->events,
			calendar->n * sizeof(*check->events));
	check->n = calendar->n;
	check->to = calendar->to;
	check->mailbox = calendar->mailbox;
	check->out = true;
	return true;
}

static bool is_there(const struct items_check *check, const struct gateway_event *event)
{
	for (size_t i = 0; i < check->n; i++)
		if (check->events[i].busy != GATEWAY_BUSY_FREE &&
			check->events[i].start < event->end &&
			event->start < check->events[i].end)
			return true;
	return false;
}

bool items_check_end(
	struct items_check *check, const struct gateway_event *events, size_t n)
{
	bool has_any = false;
	bool lacks = false;
	for (size_t i = 0; i < n; i++) {
		bool counts = (events[i].busy == GATEWAY_BUSY_BUSY ||
				      events[i].busy == GATEWAY_BUSY_OOF ||
				      events[i].busy == GATEWAY_BUSY_TENTATIVE) &&
			      events[i].start < check->to - ITEMS_CHECK_EDGE_S;
		has_any |= counts;
		lacks |= counts && !is_there(check, &events[i]);
	}
	forget(check);
	check->n_checked++;
	check->good += has_any && !lacks;
	/* A meeting may have been made between the two readings. */
	check->bad = lacks ? check->bad + 1 : has_any ? 0 : check->bad;
	return check->bad >= ITEMS_CHECK_BAD;
}

void items_check_abandon(struct items_check *check, uint32_t mailbox)
{
	if (!check->out || check->mailbox != mailbox)
		return;
	forget(check);
	check->n_checked++;
}
