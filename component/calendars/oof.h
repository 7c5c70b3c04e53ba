#ifndef COMPONENT_CALENDARS_OOF_H
#define COMPONENT_CALENDARS_OOF_H

#include "component/calendars/calendars.h"

#include <stdbool.h>
#include <stdint.h>

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
/* Deletes what no longer counts there. */
void oof_sweep(struct people *people);

#endif
