#ifndef GATEWAY_POLLING_MAILBOXES_H
#define GATEWAY_POLLING_MAILBOXES_H

#include "base/timers.h"
#include "gateway/polling/query_mode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct schedule;
struct subscription;

/* What a mailbox is asked for, each by a schedule of its own. */
enum mailbox_schedule { MAILBOX_CALENDAR, MAILBOX_OOF, MAILBOX_SCHEDULES };

/* Where a mailbox is in one of them; all of it is gateway/polling/schedule.c's. */
enum schedule_place {
	SCHEDULE_NOWHERE, // also while parked
	SCHEDULE_IN_URGENT,
	SCHEDULE_IN_REGULAR,
	SCHEDULE_IN_FAILING,
	SCHEDULE_DRAWN, // in a batch
};

struct schedule_entry {
	struct timer timer; // REGULAR, FAILING; its `at` outlives being drawn
	TAILQ_ENTRY(schedule_entry) urgent; // schedule::urgent
	struct schedule *schedule;          // borrowed; NULL: it is in none
	int64_t asked_ms;                   // URGENT: when
	uint8_t place;                      // enum schedule_place
	uint8_t drawn_from;
	uint8_t failures; // in a row
	bool again;       // asked for while drawn
	bool seldom;      // its changes are told
	bool parks;       // drawn, and nowhere when it comes back
};

/* A watched mailbox: whatever a worker keeps of it hangs here. */
struct mailbox {
	struct mailbox *next;              // in its bucket of the table
	const char *address;               // behind the entries
	struct subscription *subscription; // the kind's, which owns it; NULL: none
	struct query_mode mode;
	int64_t lost_ms; // of sites_answer::since_ms, what was told; 0: nothing
	uint32_t id;
	uint32_t answers; // of poller::n_answers, when `suspect` became true
	uint16_t site;    // where it is (gateway/polling/mailbox_sites.h), SITES_NONE:
			  // not known
	bool suspect;     // it, or a request that it was in, failed last time
	bool spared;      // last time, since another may have been meant
	bool dropped;     // unwatched while drawn: freed when it comes back
	uint8_t n_entries;
	struct schedule_entry entries[]; // by enum mailbox_schedule
};

/* The mailboxes of a gateway by their number. */
struct mailboxes {
	struct mailbox **buckets; // owned array of owned chains
	size_t cap;               // 0 or a power of two
	size_t n;
	bool calendars_only; // there is no other schedule; set before the first is added
};

/* Frees the table and every mailbox in it, of which none is drawn. */
void mailboxes_finish(struct mailboxes *mailboxes);
struct mailbox *mailboxes_find(const struct mailboxes *mailboxes, uint32_t id);
/* A new mailbox in the table, which has none of this number; NULL when out of memory or
 * over GATEWAY_MAILBOXES_MAX. */
struct mailbox *mailboxes_add(
	struct mailboxes *mailboxes, uint32_t id, const char *address);
/* Takes it out of the table. It is in no queue, has no subscription, and is freed: at
 * once, or when the last batch that it is in comes back. */
void mailboxes_remove(struct mailboxes *mailboxes, struct mailbox *mailbox);
/* Frees one that was removed, unless it is still drawn. */
void mailbox_release(struct mailbox *mailbox);
/* All of them, in no order: the one after this one, the first after NULL. */
struct mailbox *mailboxes_after(
	const struct mailboxes *mailboxes, const struct mailbox *mailbox);

#endif
