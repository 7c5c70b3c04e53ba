#ifndef COMPONENT_SOURCES_MODULE_H
#define COMPONENT_SOURCES_MODULE_H

#include "component/people/people.h"
#include "component/xmpp/stanza.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The component's side of our module in the IM server (urn:calpresence:server:1,
 * docs/SERVER-MODULE.md): hello, the feed of own presence, who sees whom. The overlays of
 * mode `user` are told by publish/user_mode, which asks here whether it may.
 */
#define MODULE_NS "urn:calpresence:server:1"

/* ------------------------------------------------------------------ for sources.c */

/* Says hello, which begins a new round. The answer ends in sources_on_hello(). */
void module_hello(struct domain *domain);
/* The stream is lost, or the server has no such module any more. */
void module_forget(struct domain *domain);
void module_destroy(struct domain *domain);
/* Takes a <feed/> or <bye/>; false: the message holds none. */
bool module_on_message(struct domain *domain, const struct element *message);

/* ------------------------------------------------------------------ for all above */

struct module_facts {
	bool there; // it answered our hello in this stream
	/* Counts the hellos that were answered, in all streams: what was told in an
	 * earlier round has to be told anew. 0: none yet. */
	unsigned round;
	int64_t since;           // when the round began, UTC seconds
	size_t max;              // persons or watchers that it takes in one iq
	char version[16];        // "" unknown
	char server_version[64]; // likewise
};
/* All zeroed where there never was one. */
const struct module_facts *module_facts(const struct domain *domain);
/* Whether it is there and can do this: "overlays", "clients", "sees", ... */
bool module_can(const struct domain *domain, const char *ability);
/* It does not know us any more (it was loaded anew, or took us for dead). */
void module_begin_anew(struct domain *domain);

/* What the server says of this watcher (bare JID), as far as it was asked. */
struct sight module_sight(const struct person *person, const struct name *watcher);
/* Asks for it, once in a round: what changes afterwards is told by the module. An answer
 * ends in person_touch(). */
void module_want_sight(struct person *person, struct name *watcher);
/* Drops what is known of all watchers but these: entries as of names_place().
 */
void module_keep_sights(
	struct person *person, const void *entries, size_t n, size_t size);
/* Forgets what was asked about her. */
void module_drop_person(struct person *person);

#endif
