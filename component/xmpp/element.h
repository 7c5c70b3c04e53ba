#ifndef COMPONENT_XMPP_ELEMENT_H
#define COMPONENT_XMPP_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Received XML. An element is borrowed from the link for the time of one callback; so is
 * all text of it.
 */
struct element;

/* Local name; "" for character data. */
const char *element_name(const struct element *element);
/* Namespace; "" for none, and for character data. */
const char *element_ns(const struct element *element);
bool element_is(const struct element *element, const char *ns, const char *name);
/* The value of the attribute that has this name and no namespace, or NULL: one with a
 * prefix is another (Namespaces in XML 1.0 section 6.2), which anybody can set where the
 * server itself sets the one without. */
const char *element_attr(const struct element *element, const char *name);
/* The xml:lang of the element, or of the nearest around it within the stanza (XML 1.0
 * section 2.12); NULL where none says one. */
const char *element_lang(const struct element *element);
const struct element *element_first(const struct element *element);
const struct element *element_next(const struct element *element);
/* The first child element of this name; ns NULL: in the namespace of the element itself.
 */
const struct element *element_child(
	const struct element *element, const char *ns, const char *name);
/* Copies the character data directly inside, cut at size - 1 on a character's border. */
void element_text(const struct element *element, char *out_text, size_t size);
/* The length of the longest start of text, at most n bytes (n <= strlen), that does not
 * end inside a character. */
size_t element_cut(const char *text, size_t n);

#endif
