#include "ews/reading/manner.h"

#include "ews/messages/find_item.h"
#include "ews/soap/version.h"

#include <string.h>

void manner_done(struct manner *manner)
{
	pieces_destroy(manner->pieces);
	manner->pieces = NULL;
}

bool manner_is_alike(const struct manner *a, const struct manner *b)
{
	return a->version == b->version && a->merged == b->merged && a->span_s == 0 &&
	       b->span_s == 0 && !a->items && !b->items;
}

void manner_renew(struct manner *manner, int64_t now_ms)
{
	if (now_ms < manner->until_ms)
		return;
	manner->version = NULL;
	manner->merged = false;
	manner->items = manner->wants_items;
}

static bool is(const char *code, const char *wanted)
{
	return strcmp(code, wanted) == 0;
}

static bool lower(struct manner *manner, const char *asked, int64_t now_ms)
{
	const char *below = version_below(asked);
	if (!below)
		return false;
	manner->version = below;
	manner->until_ms = now_ms + MANNER_LASTS_MS;
	return true;
}

static bool merge(struct manner *manner, int64_t now_ms)
{
	if (manner->merged)
		return false;
	manner->merged = true;
	manner->until_ms = now_ms + MANNER_LASTS_MS;
	return true;
}

static bool cut(struct manner *manner, const struct manner_query *query, int64_t now)
{
	if (manner->pieces) {
		bool smaller = pieces_halve(manner->pieces);
		manner->span_s = (uint32_t)manner->pieces->span_s;
		return smaller;
	}
	int64_t span_s = (query->to - query->from) / 2;
	if (span_s < PIECES_SPAN_MIN_S)
		return false;
	manner->pieces = pieces_create(query->from, query->to, span_s, now);
	if (!manner->pieces)
		return false;
	manner->span_s = (uint32_t)manner->pieces->span_s;
	return true;
}

/* What of its entries we may not see is told by free/busy. */
static bool leave_items(struct manner *manner, int64_t now_ms)
{
	manner_done(manner);
	manner->items = false;
	manner->until_ms = now_ms + MANNER_LASTS_MS;
	return true;
}

bool manner_learn(struct manner *manner, const struct availability_mailbox *result,
	const struct manner_query *query, const struct moment *now)
{
	if (result->truncated || is(result->code, "ErrorResultSetTooBig"))
		return cut(manner, query, now->utc_s);
	if (manner->items && find_item_is_refusal(result->fault))
		return leave_items(manner, now->mono_ms);
	/* Exchange 2003 behind the server, and what else has digits only. */
	if (is(result->code, "ErrorLegacyMailboxFreeBusyViewTypeNotMerged") ||
		is(result->code, "ErrorInvalidFreeBusyViewType"))
		return merge(manner, now->mono_ms);
	if (is(result->code, "ErrorInvalidSchemaVersionForMailboxVersion"))
		return lower(manner, query->version, now->mono_ms);
	return false;
}

void manner_window(struct manner *manner, int64_t *from, int64_t *to, int64_t now)
{
	if (manner->span_s > 0 && !manner->pieces)
		manner->pieces = pieces_create(*from, *to, manner->span_s, now);
	if (manner->pieces)
		pieces_next(manner->pieces, from, to);
}

enum pieces_state manner_add(struct manner *manner, const struct gateway_event *events,
	size_t n, struct gateway_calendar *out_calendar)
{
	struct pieces *pieces = manner->pieces;
	enum pieces_state state = pieces_add(pieces, events, n);
	if (state != PIECES_WHOLE)
		return state;
	*out_calendar = (struct gateway_calendar){.read_at = pieces->read_at,
		.from = pieces->from,
		.to = pieces->to,
		.n = (uint32_t)pieces->n,
		.events = pieces->events};
	/* It may have been tidied up. */
	if (pieces->n < AVAILABILITY_EVENTS_MAX)
		manner->span_s = 0;
	return state;
}
