#ifndef EWS_READING_MANNER_H
#define EWS_READING_MANNER_H

#include "ews/errand/moment.h"
#include "ews/messages/availability.h"
#include "ews/reading/pieces.h"

/*
 * How a mailbox has to be asked where it cannot be asked as all others are. What its
 * errors teach is forgotten after a day: it may have been moved to a newer server.
 */
#define MANNER_LASTS_MS INT64_C(86400000)

struct manner {
	const char *version;   // lower than the gateway's (ews/soap/version.h); NULL: not
	bool merged;           // a digit a slot (MergedOnly) instead of entries
	bool wants_items;      // by FindItem, where that is allowed
	bool items;            // by FindItem, alone
	uint32_t span_s;       // in pieces of so many seconds, alone; 0: not
	int64_t until_ms;      // monotonic
	struct pieces *pieces; // owned; what has been read of them
};

/* What was asked for. */
struct manner_query {
	const char *version;
	int64_t from;
	int64_t to;
};

/* Whether two mailboxes may be in one request. */
bool manner_is_alike(const struct manner *a, const struct manner *b);
/* Forgets what is old. */
void manner_renew(struct manner *manner, int64_t now_ms);
/* A mailbox answered with an error. True: it is to be asked again at once, otherwise. */
bool manner_learn(struct manner *manner, const struct availability_mailbox *result,
	const struct manner_query *query, const struct moment *now);

/* The window to ask for, which for others is [from, to): it stays when out of memory. */
void manner_window(struct manner *manner, int64_t *from, int64_t *to, int64_t now);
/* A piece was read. What to do next; with PIECES_WHOLE out_calendar has window, time and
 * events, which live until manner_done(). */
enum pieces_state manner_add(struct manner *manner, const struct gateway_event *events,
	size_t n, struct gateway_calendar *out_calendar);
/* Nothing more comes of the pieces: read, or failed. */
void manner_done(struct manner *manner);

#endif
