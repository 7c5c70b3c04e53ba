#ifndef COMPONENT_PRESENCE_COMPONENT_VIEW_H
#define COMPONENT_PRESENCE_COMPONENT_VIEW_H

#include "component/presence/model.h"

/*
 * Publish mode `component`: a contact of the component's own domain for each person,
 * whose presence is hers with the calendar laid over it.
 */

/* What watchers are to see of her at present: show is SHOW_OFFLINE for nothing. Texts are
 * borrowed until her presence or the configuration changes. */
struct presence component_view_of(const struct person *person);
/* Tells every watcher, if what there is to see differs from what they were told last. */
void component_view_update(struct person *person);
/* Tells every watcher the same once more. */
void component_view_repeat(struct person *person);
/* Tells one watcher at this address the present state; by an update, at all of his
 * addresses, if her contact list has to be read again first. */
void component_view_greet(
	struct person *person, struct watcher *watcher, struct name *to);
/* Tells one watcher that there is nothing more to see. */
void component_view_hide(struct person *person, const struct watcher *watcher);
/* A clean stop: nobody speaks for these contacts any more. */
void component_view_goodbye(struct person *person);

#endif
