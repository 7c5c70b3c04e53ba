#ifndef COMPONENT_XMPP_CAPS_H
#define COMPONENT_XMPP_CAPS_H

#include "base/buf.h"

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

#endif
