#ifndef TESTS_UNIT_COMPONENT_ELEMENT_PRINT_H
#define TESTS_UNIT_COMPONENT_ELEMENT_PRINT_H

#include "base/buf.h"
#include "component/xmpp/stanza.h"
#include "component/xmpp/tree.h"

#include <string.h>

/* A child in the stanza's own namespace is written without xmlns, whichever name the
 * server has for it: that of our stream, or the one under which users write (RFC 6120
 * section 4.8.3, XEP-0114). */
#define OWN_NS "jabber:client"

static inline const char *printed_ns(const struct element *element)
{
	return strcmp(element->ns, STANZA_NS) == 0 ? OWN_NS : element->ns;
}

static inline void print_attributes(const struct element *element, struct buf *buf)
{
	for (size_t i = 0; i < element->n_attributes; i++) {
		const struct attribute *attribute = &element->attributes[i];
		bool is_xml = strcmp(attribute->ns,
				      "http://www.w3.org/XML/1998/namespace") == 0;

		if (*attribute->ns && !is_xml)
			continue;
		buf_puts(buf, is_xml ? " xml:" : " ");
		buf_puts(buf, attribute->name);
		buf_puts(buf, "='");
		buf_put_xml(buf, attribute->value);
		buf_puts(buf, "'");
	}
}

/* As deep as the reader lets stanzas be. */
static inline void print_element(
	const struct element *element, const char *outer_ns, struct buf *buf)
{
	const char *ns = printed_ns(element);

	if (element->text) {
		buf_put_xml(buf, element->text);
		return;
	}
	buf_puts(buf, "<");
	buf_puts(buf, element->name);
	if (strcmp(ns, outer_ns) != 0) {
		buf_puts(buf, " xmlns='");
		buf_put_xml(buf, ns);
		buf_puts(buf, "'");
	}
	print_attributes(element, buf);
	if (!element->first) {
		buf_puts(buf, "/>");
		return;
	}
	buf_puts(buf, ">");
	for (const struct element *child = element->first; child; child = child->next)
		print_element(child, ns, buf);
	buf_puts(buf, "</");
	buf_puts(buf, element->name);
	buf_puts(buf, ">");
}

/* Appends the element as XML that can stand in a stanza of ours. Attributes in other
 * namespaces than that of xml:lang are left out, and what XML 1.0 forbids. */
static inline void element_print(const struct element *element, struct buf *buf)
{
	print_element(element, OWN_NS, buf);
}

#endif
