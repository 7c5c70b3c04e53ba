#ifndef COMPONENT_CALENDARS_CALENDAR_H
#define COMPONENT_CALENDARS_CALENDAR_H

#include "base/table.h"
#include "component/calendars/calendars.h"

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

#endif
