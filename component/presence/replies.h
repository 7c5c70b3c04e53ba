#ifndef COMPONENT_PRESENCE_REPLIES_H
#define COMPONENT_PRESENCE_REPLIES_H

#include "component/presence/model.h"

/*
 * Automatic replies: who sends them is out of office, be the calendar as it may. They are
 * known apart from the calendar and count while it is unknown, too.
 */
#define REPLIES_INTERVALS 3 // after so many without a word the last one no longer counts

/* Whether what was heard last still counts. */
bool replies_are_known(const struct person *person);
/* Whether her mailbox replies now. */
bool replies_are_on(const struct person *person);
/* When replies_are_on() changes next, UTC seconds; AGENDA_NEVER if never. */
int64_t replies_next_change(const struct person *person);

void replies_on_word(
	struct engine *engine, unsigned gateway, const struct gateway_replies *word);
/* Brings back what was heard last from the store. */
bool replies_restore(struct engine *engine);
/* Deletes what no longer counts there. */
void replies_sweep(struct engine *engine);

#endif
