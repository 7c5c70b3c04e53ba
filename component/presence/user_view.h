#ifndef COMPONENT_PRESENCE_USER_VIEW_H
#define COMPONENT_PRESENCE_USER_VIEW_H

#include "component/presence/model.h"

/*
 * Publish mode `user`: the overlay goes out under people's own addresses. What each
 * contact saw last is kept per client of hers (`told`), since three things change it: our
 * own stanza; the server's broadcast of hers, which resets it to the original for
 * everybody; and a contact's coming online, which resets it for him. Every overlay that
 * is out stands in the store before its stanza leaves, so that a crash can be repaired.
 */

/* How long after the last stanza under a client's address a contact may still get a ghost
 * of it when the client leaves. */
#define USER_VIEW_GHOST_MS 30000

/* Sends overlays and originals to the contacts whose view is not as it should be. */
void user_view_update(struct person *person);
/* Sends every overlay that is out once more. */
void user_view_repeat(struct person *person);
/* The server has just broadcast this client's own presence. */
void user_view_broadcast(struct person *person, struct resource *resource);
/* Sends the overlay that is out under this client's address once more. */
void user_view_say_again(struct person *person, struct resource *resource);
/* Shows one client of a contact the overlays that are out. */
void user_view_show(struct person *person, struct name *contact, struct name *client);
/* A contact's client came online: shows it, now and after the settling time, the overlays
 * of everybody it can see (greetings.c). */
void user_view_greet(struct engine *engine, struct name *client);
/* Her lists were read: who was told lately that a client is gone that is back since, is
 * told how it is. */
void user_view_welcome(struct person *person);
/* The client is gone: takes it back from whoever got a stanza of ours under its address.
 */
void user_view_gone(struct person *person, struct resource *resource);
/* The stream is lost: keeps in mind what is out. */
void user_view_lost(struct person *person, struct resource *resource);
/* After a restart or a new stream: sets right what was left out. */
void user_view_repair(struct person *person);
/* A clean stop: originals to everybody who sees an overlay. */
void user_view_goodbye(struct person *person);
void user_view_finish(struct person *person);
/* Brings back from the store what was out when we were last up. */
bool user_view_restore(struct engine *engine);

#endif
