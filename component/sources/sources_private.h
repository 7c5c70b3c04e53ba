#ifndef COMPONENT_SOURCES_SOURCES_PRIVATE_H
#define COMPONENT_SOURCES_SOURCES_PRIVATE_H

#include "component/people/people.h"
#include "component/sources/liveness.h"
#include "component/sources/sources.h"
#include "component/xmpp/stanza.h"

#include <stdbool.h>

struct sources {
	struct liveness liveness;
	void (*reconnect)(void *context);
	void *context;
};

/* Something that the choice of a domain's source rests on has changed. */
void sources_review(struct domain *domain);
/* The server has said what privileges we have. */
void sources_on_privilege(struct domain *domain);
/* The hello was answered, or will not be. */
void sources_on_hello(struct domain *domain);
/* Whoever is online has been told of. */
void sources_synced(struct domain *domain);

/* privilege.c: takes a <message/> with <privilege/>; false: it holds none. */
bool privilege_on_message(struct domain *domain, const struct element *message);

/* subscription.c */
void subscription_begin(struct domain *domain);
void subscription_on_presence(
	struct people *people, const struct jid *from, enum presence_type type);
bool subscription_restore(struct people *people);

/* ------------------------------------------------------------------ own_presence.c */

/* Persons' clients as any source tells of them, and what the store keeps of them where
 * the server's word is partial. */

/* A client is available, or has changed. bare and full: prepared JIDs of a served domain.
 */
void own_presence_available(struct people *people, const char *bare, const char *full,
	const struct presence_in *in);
/* It is gone, and so is the pointer. */
void own_presence_gone(struct client *client);
/* The client of this full JID, or NULL. */
struct client *own_presence_client(const struct people *people, const char *full);

/* What is known of a domain's clients is no longer sure. */
void own_presence_doubt(struct domain *domain);
/* Nobody tells us of a domain's people any more: they count as offline. */
void own_presence_lose(struct domain *domain);
/* Who is online is known now: where the server tells everything, whom it did not name is
 * gone. */
void own_presence_synced(struct domain *domain);

/* Brings back what the store has, unconfirmed. */
bool own_presence_restore(struct people *people);

#endif
