#ifndef EWS_DESK_IDENTITY_H
#define EWS_DESK_IDENTITY_H

#include "ews/desk/pace.h"
#include "ews/gateway/gateway.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What one credential may do at present: how many requests at once, from when on, and
 * whether the log-on is proven. Exchange budgets and locks accounts, not gateways, so
 * this is an object of its own. It knows no clock and no random source but what it is
 * handed.
 *
 * Unproven (at first, after new settings, a refused log-on or trouble) exactly one
 * request is out, and the others wait for what becomes of it. Also when proven no two
 * requests are both younger than IDENTITY_STAGGER_MS and unanswered: a refused log-on
 * comes back sooner than that, so that a changed password costs two bad log-ons and not
 * one for each slot.
 */
#define IDENTITY_STAGGER_MS 100
#define IDENTITY_GROW_MS 60000 // a lost slot comes back for each minute of success
#define IDENTITY_STRAYS_MAX 6  // failed requests in a row that mean the gateway itself
#define IDENTITY_RETRY_MIN_MS 5000 // after the first refused log-on
#define IDENTITY_RETRY_MAX_MS 30000
#define IDENTITY_PAUSE_MIN_MS 5000 // doubles
#define IDENTITY_PAUSE_MAX_MS INT64_C(900000)

enum identity_outcome {
	IDENTITY_GOOD,        // an answer that counts
	IDENTITY_BUSY,        // Exchange asks us to wait
	IDENTITY_SPENT,       // likewise, and says how long: a budget is spent
	IDENTITY_DENIED,      // the log-on was refused
	IDENTITY_UNREACHABLE, // nobody there: probed with pauses up to the poll interval
	IDENTITY_STOPPED,     // someone has to act: probed with pauses up to 15 minutes
	IDENTITY_STRAY,       // this request failed, which says little about the others
	IDENTITY_VOID,        // it says nothing: the same is asked again otherwise
};

struct identity {
	unsigned configured; // slots when nothing is wrong
	unsigned slots;
	unsigned in_flight;
	unsigned refusals; // log-ons refused in a row
	unsigned troubles; // pauses in a row
	unsigned strays;   // stray failures in a row
	bool proven;
	bool throttled;             // the last word of Exchange was to wait
	bool newest_pending;        // the request started last is not done
	uint64_t serial;            // of the request started last
	uint64_t configured_serial; // those up to here belong to earlier settings
	uint64_t throttled_serial;  // those up to here were out when it happened
	uint64_t denied_serial;
	uint64_t troubled_serial;
	int64_t newest_ms;
	int64_t grown_ms;
	int64_t back_off_ms;  // nothing starts before
	int64_t probe_ms;     // likewise
	int64_t pause_max_ms; // of IDENTITY_UNREACHABLE
	struct pace pace;
	uint64_t random;
};

/* concurrency is at least 1; seed differs from process to process. */
void identity_init(struct identity *identity, unsigned concurrency, int64_t interval_ms,
	uint64_t seed);
/* New settings: everything is to be proven again; requests still out no longer count. */
void identity_configure(
	struct identity *identity, unsigned concurrency, int64_t interval_ms);

/* From when on one more request may start, if nothing changes: now_ms or a later time;
 * INT64_MAX: not before one that is out is done. */
int64_t identity_ready(const struct identity *identity, int64_t now_ms);
/* A request starts; identity_ready() has said now. Returns what identity_done() wants. */
uint64_t identity_start(struct identity *identity, int64_t now_ms);
/* wait_ms is what Exchange asked for with IDENTITY_BUSY and IDENTITY_SPENT, else unused.
 */
void identity_done(struct identity *identity, uint64_t serial,
	enum identity_outcome outcome, int64_t wait_ms, int64_t now_ms);

/* Whether requests are held to one probe now and then. */
bool identity_is_troubled(const struct identity *identity);
enum gateway_health identity_health(const struct identity *identity);

#endif
