#ifndef COMPONENT_CALENDARS_CALENDARS_H
#define COMPONENT_CALENDARS_CALENDARS_H

#include "component/people/people.h"
#include "gateway/protocol/messages.h"
#include "mapping/agenda.h"
#include "mapping/presence.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Whose calendar is read, what was read, whether it still counts, and what it lays on her
 * presence. Knows nothing of clients' presence or of watchers: the pass of the engine
 * says by calendar_want() whether anybody needs her calendar. What comes in ends in
 * person_touch().
 */

/* The worker processes. */
struct calendars_ports {
	void (*watch)(void *context, unsigned gateway, const struct gateway_watch *watch);
	void (*unwatch)(void *context, unsigned gateway, uint32_t mailbox);
	void *context;
};

/* Makes people->calendars, before anybody is made. false: no memory, or the store cannot
 * be read. */
bool calendars_init(struct people *people, const struct calendars_ports *ports);
/* Brings back the last readings and automatic replies from the store. */
bool calendars_restore(struct people *people);
/* After the last person. Accepts people without calendars. */
void calendars_finish(struct people *people);
/* Deletes automatic replies from the store that no longer count. (For readings there is
 * store_forget_before().) */
void calendars_sweep(struct people *people);

/* Gives a new person her mailbox, as the configuration says. false: no memory. */
bool calendar_dress(struct person *person);
void calendar_undress(struct person *person);
/* Forgets where her mailbox was found. */
void calendar_forget(struct person *person);

/* Begins or ends reading. Her read_at_once is obeyed and cleared. */
void calendar_want(struct person *person, bool wanted);
bool calendar_is_wanted(const struct person *person);

/* Until when (wall clock) what was read is not to be shown, since it is from before she
 * was out of sight for a while, and a newer reading is on its way; 0: it counts. */
int64_t calendar_awaited_until(const struct person *person);

/* What her calendar and her automatic replies lay on her presence now; NULL: nothing,
 * also where nothing is known. Belongs to the configuration. */
const struct overlay *calendar_overlay(const struct person *person);
/* When calendar_overlay() changes next as far as is known, UTC seconds: an edge, replies
 * that begin or end, or what was read growing stale. AGENDA_NEVER if never. */
int64_t calendar_next_change(const struct person *person);
/* Whether an overlay lies on her presence right then, too: almost always another one. */
bool calendar_goes_on(const struct person *person);
/* What the calendar alone says now; CAL_UNKNOWN if it was never read or has grown stale.
 */
enum cal_state calendar_state(const struct person *person);
/* Whether the last reading still counts. */
bool calendar_is_fresh(const struct person *person);
/* When it was read last, UTC seconds; 0: never. */
int64_t calendar_read_at(const struct person *person);
/* Says once that her calendar has grown stale while it is wanted (many at once: counted).
 * Called by the pass. */
void calendar_say_stale(struct person *person);

/* ------------------------------------------------------------------ for reports */

#define CALENDAR_FAILURES_LASTING 5 // in a row that are worth a line, minutes on

/* Why a calendar could not be read. */
struct calendar_failure {
	enum gateway_fault fault;
	int64_t at;       // UTC seconds
	int64_t next_try; // likewise
	unsigned n;       // in a row
	const char *code; // both in the same block
	const char *text;
};

/* An entry that a rule decided. */
struct rule_hit {
	int64_t start;
	int64_t end;
	size_t rule; // its number, from 0 on
	enum cal_state state;
};

/* All that is known of her calendar. Pointers are borrowed; UTC seconds, 0: none. */
struct calendar_facts {
	const char *mailbox;            // NULL: the configuration gives her none
	const char *gateway;            // that reads it; NULL: none serves it
	const char *configured_gateway; // the one that the configuration chooses, or NULL
	bool looked_for; // at several gateways, since it is not where it was
	bool wanted;
	enum cal_state state;
	int64_t read_at;
	int64_t stale_at;
	int64_t next_edge;                      // AGENDA_NEVER: none
	const struct calendar_failure *failure; // the last one since read_at, or NULL
	/* What that gateway said last, code NULL before the first; NULL: no gateway. */
	const struct gateway_state *gateway_state;
	const struct rule_hit *rule_hits;
	size_t n_rule_hits;
	/* Automatic replies: on in [replies_from, replies_to). All 0 where nothing was
	 * heard of them, or the configuration does not ask for them. */
	bool replies_known; // what was heard still counts
	bool replies_on;
	int64_t replies_at;
	int64_t replies_from;
	int64_t replies_to;
};
struct calendar_facts calendar_facts(const struct person *person);

/* ------------------------------------------------------------------ from the workers */

/* A worker is new: tells it of everybody it has to read. */
void calendars_tell_worker(struct people *people, unsigned gateway);
void calendars_on_reading(
	struct people *people, unsigned gateway, const struct gateway_calendar *reading);
void calendars_on_failure(
	struct people *people, unsigned gateway, const struct gateway_failure *failure);
void calendars_on_replies(
	struct people *people, unsigned gateway, const struct gateway_oof *oof);
void calendars_on_gateway_state(
	struct people *people, unsigned gateway, const struct gateway_state *state);
/* What was said last; code is NULL before the first. */
const struct gateway_state *calendars_gateway_state(
	const struct people *people, unsigned gateway);

#endif
