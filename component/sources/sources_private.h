#ifndef COMPONENT_SOURCES_SOURCES_PRIVATE_H
#define COMPONENT_SOURCES_SOURCES_PRIVATE_H

#include "component/people/people.h"
#include "component/sources/sources.h"
#include "component/xmpp/stanza.h"

#include <stdbool.h>

#define DISCO_INFO_QUERY "<query xmlns='http://jabber.org/protocol/disco#info'/>"

struct duplicate_stream {
	uint64_t sent;          // numbers below it are given out, in all streams
	uint64_t round;         // the first number of the round under way
	uint64_t back;          // echoes of it
	uint64_t unjudged;      // numbers of earlier rounds, just before `round`
	uint64_t unjudged_back; // echoes of them
	uint64_t rounds;        // of this stream
	bool found;             // another stream gets a share
	bool stranger;          // it is alive and sends echoes of its own
	uint64_t judged;        // since it was found
	uint64_t lost;
	unsigned clean; // rounds without a loss
};

struct sources {
	struct people *people;
	struct timer liveness;  // monotonic
	struct client *clients; // by check_due_ms
	size_t n_clients;
	struct timer echoes; // monotonic
	struct duplicate_stream duplicate;
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

/* ------------------------------------------------------------------ liveness.c */

/*
 * Whether a client is still there, where the server does not tell of lost sessions: those
 * from before a loss, and those of a person in a meeting, who would be shown in it for
 * ever, are asked disco#info (XEP-0030) at their full JID every two minutes. Only the
 * server's "service-unavailable" or its like takes a client away.
 */
#define LIVENESS_INTERVAL_MS 120000
/* Questions a second, where there are few clients. */
#define LIVENESS_AT_ONCE 16

void liveness_init(struct people *people);
/* The client was heard of: the next question is an interval away. All clients stand in
 * one list, the one that is due first in front. */
void liveness_plan(struct client *client);
/* It is due at once. For all clients there are, else the list is out of order. */
void liveness_hurry(struct client *client);
/* Somebody says that it is gone: asks it now. */
void liveness_ask(struct client *client);
/* A domain with a partial source is synced: sees to the timer. */
void liveness_wake(struct people *people);

/* ------------------------------------------------------------------ duplicate_stream.c
 */

/*
 * Whether another stream has our name. ejabberd lets several in and deals out among them
 * what is for the component, so that an old stream that is half dead, or a second
 * calpresence, swallows its share in silence. Found by numbered messages that the
 * component sends to itself through the server, in rounds: those of a round that are not
 * back when one of a later round is went elsewhere. Prosody lets in one stream only and
 * is not asked. It is said once, and when the other stream has ended ours is begun anew:
 * what was swallowed is learnt again by that, and ejabberd takes the privileges from the
 * living stream, too, when another of its name ends.
 */
void duplicate_stream_init(struct people *people);
void duplicate_stream_link_up(struct people *people);
/* Takes a <message/> that is an echo; false if it is none. */
bool duplicate_stream_on_message(struct people *people, const struct element *message);

/* ------------------------------------------------ privilege.c and subscription.c */

/* Takes a <message/> with <privilege/>; false: it holds none. */
bool privilege_on_message(struct domain *domain, const struct element *message);

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
