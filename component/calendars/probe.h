#ifndef COMPONENT_CALENDARS_PROBE_H
#define COMPONENT_CALENDARS_PROBE_H

#include "component/calendars/calendars.h"

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
