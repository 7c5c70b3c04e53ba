#ifndef COMPONENT_XMPP_ANSWER_H
#define COMPONENT_XMPP_ANSWER_H

#include "component/xmpp/stanza.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What the component can do (XEP-0030), and its hash that travels in presences
 * (XEP-0115).
 */
struct caps {
	const char *category;
	const char *type;
	const char *name;
	const char *const *features; // sorted by their bytes
	size_t n_features;
};

/* Base64 of a SHA-1 and the NUL. */
#define CAPS_VERSION_SIZE 29

/* The verification string (XEP-0115 section 5.1) of an entity with one identity without a
 * language, and without forms. false when out of memory. */
bool caps_version(const struct caps *caps, char out_version[CAPS_VERSION_SIZE]);

/* Our <c/>, for a presence from an address that answers as the component itself does;
 * sets buf->failed when out of memory. */
void caps_element(struct buf *buf);
/* Our <identity/> and <feature/>s, the inside of a disco#info result. */
void caps_disco_info(struct buf *buf);
/* Whether a disco#info request may name this node: ours, with the version in our <c/>. */
bool caps_node_is_ours(const char *node);

#define ANSWER_ITEMS_NS "http://jabber.org/protocol/disco#items"
/* Bytes of the rooms that are listed, so that they fit a stanza. */
#define ANSWER_ROOMS_MAX (40 * 1024)

/* What answers are made of; all is borrowed. */
struct answer_facts {
	const char *component_jid;
	const char *version;
	const char *name;  // of the room that is asked, for who may see it; else NULL
	const char *rooms; // that are asked for, by answer_put_room(); "" none
};

/* Adds a room to a list of at most ANSWER_ROOMS_MAX. false: it is full. */
bool answer_put_room(struct buf *rooms, const char *jid, const char *name);

/* Appends the answer to an iq request that nothing else takes (RFC 6120 section 8.2.3),
 * to any address of ours: service discovery (XEP-0030, 0115), ping (XEP-0199) and
 * software version (XEP-0092) are answered, and by a room for its vCard (XEP-0054), in
 * which its name is all there is; all else is service-unavailable. The same for people
 * who exist and people who do not. false, and nothing appended, for results and errors.
 */
bool answer_iq(
	const struct element *iq, const struct answer_facts *facts, struct buf *out);

#endif
