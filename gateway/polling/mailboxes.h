#ifndef GATEWAY_POLLING_MAILBOXES_H
#define GATEWAY_POLLING_MAILBOXES_H

#include "base/timers.h"
#include "gateway/polling/query_mode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct schedule;

enum mailbox_place {
	MAILBOX_URGENT,  // in schedule::urgent
	MAILBOX_REGULAR, // in schedule::regular
	MAILBOX_FAILING, // in schedule::failing
	MAILBOX_DRAWN,   // in a batch
	MAILBOX_PARKED,  // nowhere
};

struct mailbox {
	struct timer timer;          // REGULAR, FAILING; its `at` outlives being drawn
	TAILQ_ENTRY(mailbox) urgent; // schedule::urgent
	struct mailbox *next;        // in its bucket of the table
	struct schedule *schedule;   // borrowed
	int64_t asked_ms;            // URGENT: when
	uint32_t id;
	uint8_t place; // enum mailbox_place
	uint8_t drawn_from;
	uint8_t failures; // in a row
	bool suspect;     // it, or a request that it was in, failed last time
	uint32_t answers; // of poller::n_answers, when that was
	bool dropped;     // unwatched while drawn: out of the table, freed by who has it
	bool again;       // asked for while drawn
	bool seldom;      // its changes are told
	bool parks;       // drawn, and parked when it comes back
	uint16_t site;   // where it is (gateway/polling/mailbox_sites.h), SITES_NONE: not
			 // known
	int64_t lost_ms; // of sites_answer::since_ms, what was told; 0: nothing
	struct query_mode mode;
	char address[];
};

void mailbox_destroy(struct mailbox *mailbox);
/* Whether two may be in one request. */
bool mailbox_is_alike(const struct mailbox *a, const struct mailbox *b);

/* The mailboxes of a gateway by their number. */
struct mailboxes {
	struct mailbox **buckets; // owned array of owned chains
	size_t cap;               // 0 or a power of two
	size_t n;
};

/* Frees the table and every mailbox in it. */
void mailboxes_finish(struct mailboxes *mailboxes);
struct mailbox *mailboxes_find(const struct mailboxes *mailboxes, uint32_t id);
/* A new mailbox in the table, which has none of this number; NULL when out of memory. */
struct mailbox *mailboxes_add(
	struct mailboxes *mailboxes, uint32_t id, const char *address);
/* Takes it out of the table; the caller owns it. */
void mailboxes_remove(struct mailboxes *mailboxes, struct mailbox *mailbox);
/* All of them, in no order: the one after this one, the first after NULL. */
struct mailbox *mailboxes_after(
	const struct mailboxes *mailboxes, const struct mailbox *mailbox);

#endif
