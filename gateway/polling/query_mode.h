#ifndef GATEWAY_POLLING_QUERY_MODE_H
#define GATEWAY_POLLING_QUERY_MODE_H

#include "base/clock.h"
#include "gateway/polling/reading.h"
#include "gateway/polling/window_chunks.h"

/*
 * How a mailbox has to be asked where it cannot be asked as all others are. What its
 * errors teach is forgotten after a day: it may have been moved to a newer server.
 */
#define QUERY_MODE_LASTS_MS INT64_C(86400000)

struct query_mode {
	const char *version; // lower than the gateway's; NULL: not
	bool merged;         // a digit a slot instead of entries
	bool wants_items;    // entries, where that is allowed
	bool items;          // entries, alone
	bool check;      // once by free/busy all the same (gateway/polling/items_check.h)
	uint32_t span_s; // in chunks of so many seconds, alone; 0: not
	int64_t until_ms;             // monotonic
	struct window_chunks *chunks; // owned; what has been read of them
};

/* What was asked for. */
struct mode_query {
	int64_t from;
	int64_t to;
};

/* Whether two mailboxes may be in one request. */
bool query_mode_is_alike(const struct query_mode *a, const struct query_mode *b);
/* Forgets what is old. */
void query_mode_renew(struct query_mode *mode, int64_t now_ms);
/* A mailbox answered with an error. True: it is to be asked again at once, otherwise. */
bool query_mode_learn(struct query_mode *mode, const struct mailbox_reading *result,
	const struct mode_query *query, const struct now *now);

/* The window to ask for, which for others is [from, to): it stays when out of memory. */
void query_mode_window(struct query_mode *mode, int64_t *from, int64_t *to, int64_t now);
/* A chunk was read. What to do next; with WINDOW_CHUNKS_WHOLE out_calendar has window,
 * time and events, which live until query_mode_done(). */
enum window_chunks_state query_mode_add(struct query_mode *mode,
	const struct gateway_event *events, size_t n,
	struct gateway_calendar *out_calendar);
/* Nothing more comes of the chunks: read, or failed. */
void query_mode_done(struct query_mode *mode);

#endif
