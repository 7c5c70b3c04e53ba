#ifndef COMPONENT_XMPP_ELEMENT_H
#define COMPONENT_XMPP_ELEMENT_H

#include "component/xmpp/stanza.h"

struct _xmpp_stanza_t;

/* The element that a stanza of libstrophe is, or NULL for NULL. */
const struct element *element_of(const struct _xmpp_stanza_t *stanza);

/* The length of the longest start of text, at most n bytes (n <= strlen), that does not
 * end inside a character. */
size_t element_cut(const char *text, size_t n);

#endif
