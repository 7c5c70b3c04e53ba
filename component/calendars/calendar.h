#ifndef COMPONENT_CALENDARS_CALENDAR_H
#define COMPONENT_CALENDARS_CALENDAR_H

#include "base/table.h"
#include "component/calendars/calendars.h"
#include "mapping/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is kept of a person's calendar and of all calendars together. Private to this
 * folder; the files beside it each own a part of these structs, named in the comments.
 */
#define RULE_HITS_MAX 64

struct route_search;  // route.c
struct learnt_route;  // route.c
struct gateway_texts; // calendars.c

struct calendar {
	/* The id that the worker knows; 0: no gateway reads it. First, for
	 * calendars::mailboxes. */
	uint32_t mailbox;
	int gateway; // index in the configuration; -1: none (route.c)
	struct person *person;
	struct route_search *search; // owned; NULL: it was never looked for (route.c)
	/* Her automatic replies; at is 0 if nothing was heard of them (oof.c). */
	struct store_replies oof;
	/* The last reading (reading.c). */
	struct agenda agenda;
	int64_t read_at;                  // UTC seconds; 0: never
	struct rule_hit *rule_hits;       // owned; the first RULE_HITS_MAX of the reading
	struct calendar_failure *failure; // owned; the last one since read_at, or NULL
	uint8_t n_rule_hits;
	bool outdated;   // the configuration asks for more than was read
	bool stale_said; // since read_at
	bool wanted;
	int64_t awaited_until_ms; // wall clock; a reading is to come before; 0: none
	char address[];           // of her mailbox; "": the configuration gives her none
};

struct calendars {
	struct people *people;
	struct calendars_ports ports;
	struct table mailboxes;              // borrowed; those that a gateway reads
	uint32_t last_mailbox;               // the id that was given out last
	struct learnt_route *learnt;         // owned
	struct gateway_state *gateways;      // owned array, in the configuration's order
	struct gateway_texts *gateway_texts; // owned array: what `gateways` points to
	struct timer stale_timer;            // monotonic
	size_t n_stale;                      // grown stale, not said yet
	struct timer probe_timer;            // monotonic (probe.c)
	uint32_t *probes; // owned array: of each gateway the mailbox by which it is
			  // tried, or 0 (probe.c)
};

/* The calendar of an id, or NULL. */
struct calendar *calendars_find(const struct people *people, uint32_t mailbox);

/* ------------------------------------------------------------------ reading.c */

/*
 * What was read of a calendar: on its way into the person's agenda, into the store and
 * back, and how long it counts.
 */

/* What the states of her calendar show: rooms have a mapping of their own. */
const struct overlay_map *reading_mapping(const struct person *person);
/* Whether entries are asked for, where that is allowed, and not free/busy alone. */
bool reading_is_of_entries(const struct config *config);

/* Makes it her agenda. false: no memory, and the old one stays. */
bool reading_apply(struct person *person, const struct gateway_calendar *reading);
void reading_keep(const struct person *person, const struct gateway_calendar *reading);
/* Brings back the last readings from the store. */
bool reading_restore(struct people *people);
void reading_finish(struct calendar *calendar);

/* When the last reading stops to count; 0 if there is none. */
int64_t reading_stale_at(const struct person *person);
/* What it says of an instant; CAL_UNKNOWN if it does not count any more by then. */
enum cal_state reading_state(const struct person *person, int64_t t);
/* The first instant after t at which reading_state() changes, growing stale included;
 * AGENDA_NEVER if there is none. */
int64_t reading_next_edge(const struct person *person, int64_t t);

/*
 * What a reading by the terms (categories and organizers that rules name) of an earlier
 * configuration says in the numbers of today's (`gateway_configure::words`): what was
 * found of a term that is still looked for counts on.
 */
struct rule_terms {
	uint64_t was[CAL_EVENT_WORDS_MAX]; // the old bit of each term; 0: it is a new one
	bool has_new;
};

/* Both are lists of lines; old need not end with a NUL. */
struct rule_terms rule_terms_match(const char *old, size_t n, const char *present);
/* The flags of an event with the terms' bits as they are today. */
uint64_t rule_terms_translate(const struct rule_terms *terms, uint64_t flags);

/* ------------------------------------------------------------------ oof.c */

/*
 * Automatic replies: who sends them is out of office, be the calendar as it may. They are
 * known apart from the calendar and count while it is unknown, too.
 */
#define OOF_INTERVALS 3 // after so many without a word the last one no longer counts

/* Whether what was heard last still counts at an instant. */
bool oof_is_known(const struct person *person, int64_t t);
/* Whether her mailbox replies then. */
bool oof_is_on(const struct person *person, int64_t t);
/* The first instant after t at which oof_is_on() changes, as far as is known;
 * AGENDA_NEVER if there is none. */
int64_t oof_next_edge(const struct person *person, int64_t t);

/* What Exchange says of them now. */
void oof_learn(struct person *person, const struct gateway_oof *oof);
/* Brings back what was heard last from the store. */
bool oof_restore(struct people *people);

/* ------------------------------------------------------------------ route.c */

/*
 * Which gateway has whose mailbox and is told to read it: the one that the configuration
 * chooses, or another one that may have it, and was found to. That is remembered, over
 * restarts too, as long as the configuration lets that gateway read that mailbox.
 *
 * A mailbox of which Exchange says that it is not there is looked for. The other gateways
 * that may have it are asked, one after the other, each once an hour at most. Who has it
 * reads it from then on; if nobody has, it goes back to the first, whose worker tries it
 * slowly. A gateway that does not answer has said nothing: if the others do not have the
 * mailbox, it waits there. What was read last counts meanwhile. One that refuses
 * everybody until somebody changes a setting is left as if it did not have the mailbox,
 * as long as another one answers.
 */
#define ROUTE_PAUSE_MS 3600000   // between two questions to one gateway
#define ROUTE_PATIENCE_MS 180000 // for an answer
#define ROUTE_FINDS_MAX 4 // in one ROUTE_PAUSE_MS; then it stays where it was found last
#define ROUTE_SOON_S 1800 // the first gateway will try it again by itself within

/* Brings back what the store has and the configuration still allows; before anybody is
 * made. */
bool route_restore(struct people *people);
void route_finish(struct people *people);

/* Chooses the gateway that is to read a new person's mailbox. */
void route_dress(struct person *person, const struct config_mailbox *mailbox);
void route_undress(struct person *person);

/* Tells the gateway that has her mailbox whether to read it, as calendar.wanted is.
 * at_once: what was read before does not count for when to read it first. */
void route_tell(struct person *person, bool at_once);

/* The gateway that the configuration chooses; -1 if there is none. */
int route_configured(const struct person *person);
/* Whether her mailbox is at present looked for: calendar.gateway was asked. */
bool route_is_searching(const struct person *person);

/* What a failure means. */
enum route_news {
	ROUTE_STAYS,  // nobody else is asked
	ROUTE_SEARCH, // the mailbox is looked for at other gateways
	ROUTE_ASIDE,  // it is but the answer of one who was asked in passing
};
enum route_news route_on_failure(
	struct person *person, const struct gateway_failure *failure);
void route_on_reading(struct person *person);
/* The health of a gateway, or why it is not well, has changed. */
void route_on_gateway(struct people *people, unsigned gateway);

/* ------------------------------------------------------------------ probe.c */

/*
 * A gateway is asked for the calendars that somebody needs. Where that is nobody's for
 * some time after the start, one mailbox is read all the same until the gateway answers:
 * so a wrong password or certificate is said then, and not when the first meeting of the
 * day does not show. Where no mailbox is known yet (a new store, and `domains` alone),
 * there is none to ask for.
 */

/* How long after the start. */
#define PROBE_AFTER_MS 15000
/* How many entries of the users, and of the rooms, are looked at for a mailbox. */
#define PROBE_USERS_MAX 1000

/* false: no memory. */
bool probe_init(struct people *people);
void probe_finish(struct people *people);
/* A worker has started: what it is to read is told to it again. */
void probe_tell_worker(struct people *people, unsigned gateway);
/* A gateway has said how it is, or something about a mailbox. */
void probe_review(struct people *people, unsigned gateway);
/* Her mailbox goes: another one is looked for. */
void probe_undress(const struct person *person);

#endif
