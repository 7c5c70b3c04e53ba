#ifndef COMPONENT_PRESENCE_GREETINGS_H
#define COMPONENT_PRESENCE_GREETINGS_H

#include "component/presence/model.h"

/*
 * Contacts' clients that came online and have to be shown the overlays that are out: at
 * once, and once more after publish.settle_ms, since on ejabberd our first can arrive
 * before the server's own presence, which then hides it.
 */
#define GREETINGS_MAX 100000

void greetings_init(struct engine *engine);
/* Plans what is said a second time: to this client, and under its own address where the
 * server may send the original behind our overlay. */
void greetings_plan(struct engine *engine, struct name *client);
void greetings_clear(struct engine *engine);

#endif
