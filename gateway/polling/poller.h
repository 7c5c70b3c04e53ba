#ifndef GATEWAY_POLLING_POLLER_H
#define GATEWAY_POLLING_POLLER_H

#include "base/clock.h"
#include "gateway/dispatch/account.h"
#include "gateway/polling/batch_size.h"
#include "gateway/polling/items_check.h"
#include "gateway/polling/mailbox_sites.h"
#include "gateway/polling/reading.h"
#include "gateway/polling/schedule.h"
#include "gateway/protocol/messages.h"
#include "gateway/request/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which mailboxes are asked for next, and what the end of a request means for them: the
 * schedule says who is due, the outcome says what became of it. When a request may go is
 * the dispatcher's matter. No I/O, no clock.
 */
#define POLLER_BACK_S 3600 // events that began earlier come whole
#define POLLER_STATE_MS 5000
#define POLLER_HINTS_MAX 8 // that wait to be told

/* Where results go; what they point to lives until the call returns. */
struct poller_sink {
	void (*calendar)(void *context, const struct gateway_calendar *calendar);
	void (*failure)(void *context, const struct gateway_failure *failure);
	void *context;
};

struct poller_request {
	const char *addresses[GATEWAY_BATCH_MAX]; // live until poller_done()
	size_t n;
	int64_t from; // the window, UTC seconds in whole minutes
	int64_t to;
	uint16_t site;          // of all of them
	bool merged;            // ask for MergedOnly
	bool items;             // of the one mailbox, by FindItem
	bool anchored;          // the sender's: asked for in the name of a mailbox
	bool charged;           // the sender's: to the budget of a mailbox,
	bool charged_to_itself; // which is the only one in it
	const char *version;    // the highest that these mailboxes take ,
				// NULL: any; the sender's, to note what was asked in
	bool own_version;       // the sender's: that it was not the gateway's
	/* the poller's own */
	bool started;
	bool failing;
	struct schedule_batch batch;
};

struct poller {
	const struct account *account; // borrowed: how much trouble there is
	struct poller_sink sink;
	struct schedule schedule;
	struct batch_size batch_size;
	const struct mailbox_sites *sites; // borrowed; NULL: none
	uint32_t window_s;
	struct poller_request
		*requests[GATEWAY_CONCURRENCY_MAX]; // owned, made when needed
	unsigned failing_in_flight;
	bool failing_last; // the request that went last was of those who fail
	bool refused;      // poller_refuse()
	bool lost;         // nothing is asked before Autodiscover answers
	/* for the state */
	enum gateway_health health;
	enum gateway_health told_health;
	enum gateway_fault fault;
	enum gateway_fault told_fault;
	char code[64];
	char text[GATEWAY_TEXT_MAX];
	char hint[GATEWAY_TEXT_MAX]; // the one that was told last
	char hints[POLLER_HINTS_MAX][GATEWAY_TEXT_MAX];
	unsigned n_hints; // that wait
	bool state_told;  // that a state of an entry is not known
	bool items_off;   // entries are not told whole here
	struct items_check items_check;
	bool items_told; // that some are read by free/busy instead
	char server_version[32];
	int64_t since;
	int64_t last_success;
	int64_t told_ms;
	int64_t trouble_ms;  // when fault, code and text were true last
	bool trouble_is_new; // since then
	uint32_t n_answers;  // requests that were answered
	uint64_t n_requests;
	uint64_t n_failed;
	uint64_t n_read;
};

/* Values beyond what GATEWAY_*_MAX allows are cut. */
void poller_init(struct poller *poller, const struct account *account,
	const struct poller_sink *sink, const struct gateway_configure *settings,
	const struct now *now);
void poller_finish(struct poller *poller);

/* These settings cannot work: nothing is asked. */
void poller_refuse(struct poller *poller, const char *text, const struct now *now);

/* As schedule_watch(); what cannot be watched is reported as a failure. */
void poller_watch(
	struct poller *poller, const struct gateway_watch *watch, const struct now *now);
void poller_unwatch(struct poller *poller, uint32_t mailbox);
void poller_refresh(struct poller *poller, uint32_t mailbox, const struct now *now);
/* As schedule_seldom(). */
void poller_seldom(
	struct poller *poller, uint32_t mailbox, bool seldom, const struct now *now);

/* When poller_next() has a request, monotonic: maybe in the past; INT64_MAX: when
 * something happened. */
int64_t poller_due(const struct poller *poller, const struct now *now);
/* The request to send now, or NULL. Owned by the poller. */
struct poller_request *poller_next(struct poller *poller, const struct now *now);
/* Whether a request failed for the sake of its mailboxes, all of which failed before
 * while others were answered: that says nothing of the gateway. */
bool poller_expected(const struct poller *poller, const struct poller_request *request,
	const struct outcome *outcome);
/* A request is over. The answer counts where the outcome is OUTCOME_USE: it has as many
 * mailboxes as the request. NULL: there was none. */
void poller_done(struct poller *poller, struct poller_request *request,
	const struct outcome *outcome, const struct reading *answer,
	const struct now *now);

/* What the server says that it is; "": nothing. */
void poller_note_server(struct poller *poller, const char *version);
/* Something holds all requests back: to be told as the gateway's fault. */
void poller_trouble(struct poller *poller, const struct outcome *outcome);
/* Something to say in a state, once, when the gateway is up. What finds no room is not
 * said. */
void poller_hint(struct poller *poller, const char *text);
/* When poller_state() has something to tell at the latest, monotonic. */
int64_t poller_state_due(const struct poller *poller);
/* True with the state if it has to be told now: it changed, or 5 s are over. Its texts
 * live until the next call. */
bool poller_state(
	struct poller *poller, const struct now *now, struct gateway_state *out_state);

#endif
