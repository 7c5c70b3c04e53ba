#ifndef COMPONENT_CALENDARS_ROUTE_H
#define COMPONENT_CALENDARS_ROUTE_H

#include "component/calendars/calendars.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Which gateway has whose mailbox and is told to read it: the one that the configuration
 * chooses, or another one that may have it, and was found to. That is remembered, over
 * restarts too, as long as the configuration lets that gateway read that mailbox.
 *
 * A mailbox of which Exchange says that it is not there is looked for. The other gateways
 * that may have it are asked, one after the other, each once an hour at most. Who has it
 * reads it from then on; if nobody has, it goes back to the first, whose worker tries it
 * slowly. A gateway that does not answer has said nothing: if the others do not have the
 * mailbox, it waits there. What was read last counts meanwhile.
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
/* Forgets where her mailbox was found. */
void route_forget(struct person *person);

/* Tells the gateway that has her mailbox whether to read it, as calendar.wanted is.
 * at_once: what was read before does not count for when to read it first. */
void route_tell(const struct person *person, bool at_once);

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
/* The health of a gateway has changed. */
void route_on_gateway(struct people *people, unsigned gateway);

#endif
