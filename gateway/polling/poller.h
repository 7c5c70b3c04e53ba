#ifndef GATEWAY_POLLING_POLLER_H
#define GATEWAY_POLLING_POLLER_H

#include "base/clock.h"
#include "gateway/polling/batch_size.h"
#include "gateway/polling/items_check.h"
#include "gateway/polling/mailbox_sites.h"
#include "gateway/polling/reading.h"
#include "gateway/polling/schedule.h"
#include "gateway/protocol/messages.h"
#include "gateway/request/outcome.h"
#include "gateway/state/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which mailboxes are asked for next, and what the end of a request means for them: the
 * schedule says who is due, the outcome says what became of it. When a request may go is
 * the dispatcher's matter. No I/O, no clock.
 */
#define POLLER_BACK_S 3600 // events that began earlier come whole

/* What it rests on, all borrowed, and where results go; what they point to lives until
 * the call returns. */
struct poller_host {
	const struct account *account; // how much trouble there is
	struct mailboxes *mailboxes;   // whatever is watched
	struct state *state;           // what is to be told of the gateway
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
	bool failing;           // of mailboxes that failed last time
	/* the poller's own */
	bool started;
	struct schedule_batch batch;
};

struct poller {
	struct poller_host host;
	struct schedule schedule;
	struct batch_size batch_size;
	const struct mailbox_sites *sites; // borrowed; NULL: none
	uint32_t window_s;
	struct poller_request
		*requests[GATEWAY_CONCURRENCY_MAX]; // owned, made when needed
	unsigned failing_in_flight;
	bool failing_last; // the request that went last was of those who fail
	bool state_told;   // that a state of an entry is not known
	bool items_off;    // entries are not told whole here
	bool items_told;   // that some are read by free/busy instead
	struct items_check items_check;
	uint32_t n_answers; // requests that were answered
};

/* Values beyond what GATEWAY_*_MAX allows are cut. */
void poller_init(struct poller *poller, const struct poller_host *host,
	const struct gateway_configure *settings);
void poller_finish(struct poller *poller);

/* What this kind of gateway can do, before anything is asked: how many mailboxes a
 * request may carry, and whether their entries can be read. */
void poller_limit(struct poller *poller, size_t most, bool items);

/* A mailbox that was added to those of the host. */
void poller_watch(struct poller *poller, struct mailbox *mailbox,
	const struct gateway_watch *watch, const struct now *now);
/* It is about to be removed. */
void poller_unwatch(struct poller *poller, struct mailbox *mailbox);

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

/* Where mailboxes are was found out: of all of a domain, or of one. */
void poller_settled(struct poller *poller, const char *key, const struct now *now);
/* Where a request goes; NULL: to the gateway's own URL. */
const char *poller_url(const struct poller *poller, const struct poller_request *request);
/* What became of it may be the site's matter. */
void poller_judge(struct poller *poller, const struct poller_request *request,
	struct outcome *outcome, const struct now *now);

#endif
