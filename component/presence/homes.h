#ifndef COMPONENT_PRESENCE_HOMES_H
#define COMPONENT_PRESENCE_HOMES_H

#include "component/presence/model.h"
#include "component/settings/limits.h"

/*
 * Which gateway has whose mailbox: the one that the configuration chooses, or another one
 * that may have it, and was found to (moves.h). That is remembered, over restarts too,
 * as long as the configuration lets that gateway read that mailbox.
 */

/* Brings back what the store has and the configuration still allows; before anybody is
 * made. */
bool homes_restore(struct engine *engine);
void homes_free_all(struct engine *engine);

/* The gateway that is to read a mailbox: its index, -1 if none may. */
int homes_choose(const struct engine *engine, const struct name *jid,
	const struct config_mailbox *mailbox);
/* All gateways that may have her mailbox, the one that the configuration chooses first;
 * returns how many. */
size_t homes_candidates(
	const struct person *person, int out_gateways[CONFIG_GATEWAYS_MAX]);
/* The first of them; -1 if there is none. */
int homes_first(const struct person *person);
/* The name of a gateway; NULL for -1. */
const char *homes_gateway_name(const struct engine *engine, int gateway);

/* Her mailbox was found where calendar.gateway says. */
void homes_learn(struct person *person);
void homes_forget(struct person *person);

#endif
