#include "component/xmpp/stanza.h"

#include "component/xmpp/element.h"

#include <stdint.h>
#include <string.h>

#include <strophe.h>

/* A child in the stanza's own namespace is written without xmlns, whichever name the
 * server has for it: that of our stream, or the one under which users write (RFC 6120
 * section 4.8.3, XEP-0114). */
#define OWN_NS "jabber:client"

#define ATTRIBUTES_MAX 32

/* libstrophe's readers take what they do not change without const. */
static xmpp_stanza_t *stanza_of(const struct element *element)
{
	union {
		const struct element *element;
		xmpp_stanza_t *stanza;
	} same = {.element = element};

	return same.stanza;
}

const struct element *element_of(const struct _xmpp_stanza_t *stanza)
{
	return (const struct element *)stanza;
}

const char *element_name(const struct element *element)
{
	const char *name = xmpp_stanza_get_name(stanza_of(element));

	return name ? name : "";
}

const char *element_ns(const struct element *element)
{
	const char *ns = xmpp_stanza_get_ns(stanza_of(element));

	return ns ? ns : "";
}

bool element_is(const struct element *element, const char *ns, const char *name)
{
	return strcmp(element_name(element), name) == 0 &&
	       strcmp(element_ns(element), ns) == 0;
}

const char *element_attr(const struct element *element, const char *name)
{
	return xmpp_stanza_get_attribute(stanza_of(element), name);
}

const struct element *element_first(const struct element *element)
{
	return element_of(xmpp_stanza_get_children(stanza_of(element)));
}

const struct element *element_next(const struct element *element)
{
	return element_of(xmpp_stanza_get_next(stanza_of(element)));
}

const struct element *element_child(
	const struct element *element, const char *ns, const char *name)
{
	if (!ns)
		ns = element_ns(element);
	for (const struct element *child = element_first(element); child;
		child = element_next(child))
		if (element_is(child, ns, name))
			return child;
	return NULL;
}

size_t element_cut(const char *text, size_t n)
{
	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

void element_text(const struct element *element, char *out_text, size_t size)
{
	size_t len = 0;

	for (const struct element *child = element_first(element); child;
		child = element_next(child)) {
		const char *text = xmpp_stanza_get_text_ptr(stanza_of(child));
		size_t n = text ? element_cut(text, strnlen(text, size - 1 - len)) : 0;

		if (n > 0)
			memcpy(out_text + len, text, n);
		len += n;
	}
	out_text[len] = '\0';
}

static const char *printed_ns(const struct element *element)
{
	const char *ns = element_ns(element);

	return strcmp(ns, STANZA_NS) == 0 ? OWN_NS : ns;
}

/* libstrophe keeps the local name only of a prefixed attribute, of which xml:lang is the
 * one that stanzas carry; a name with a colon left could not be declared. */
static void print_attributes(const struct element *element, struct buf *buf)
{
	const char *pairs[2 * ATTRIBUTES_MAX];
	int n = xmpp_stanza_get_attribute_count(stanza_of(element));

	if (n > ATTRIBUTES_MAX) {
		buf->failed = true;
		return;
	}
	n = xmpp_stanza_get_attributes(stanza_of(element), pairs, 2 * ATTRIBUTES_MAX);
	for (int i = 0; i + 1 < n; i += 2) {
		if (strcmp(pairs[i], "xmlns") == 0)
			continue;
		if (strchr(pairs[i], ':'))
			buf->failed = true;
		buf_puts(buf, strcmp(pairs[i], "lang") == 0 ? " xml:" : " ");
		buf_puts(buf, pairs[i]);
		buf_puts(buf, "='");
		buf_put_xml(buf, pairs[i + 1]);
		buf_puts(buf, "'");
	}
}

static void print(
	const struct element *element, const char *outer_ns, int depth, struct buf *buf)
{
	const char *text = xmpp_stanza_get_text_ptr(stanza_of(element));
	const char *name = element_name(element);
	const char *ns = printed_ns(element);

	if (text) {
		buf_put_xml(buf, text);
		return;
	}
	if (depth > STANZA_DEPTH_MAX || strchr(name, ':'))
		buf->failed = true;
	if (buf->failed)
		return;
	buf_puts(buf, "<");
	buf_puts(buf, name);
	if (strcmp(ns, outer_ns) != 0) {
		buf_puts(buf, " xmlns='");
		buf_put_xml(buf, ns);
		buf_puts(buf, "'");
	}
	print_attributes(element, buf);
	if (!element_first(element)) {
		buf_puts(buf, "/>");
		return;
	}
	buf_puts(buf, ">");
	for (const struct element *child = element_first(element); child;
		child = element_next(child))
		print(child, ns, depth + 1, buf);
	buf_puts(buf, "</");
	buf_puts(buf, name);
	buf_puts(buf, ">");
}

void element_print(const struct element *element, struct buf *buf)
{
	print(element, OWN_NS, 1, buf);
}
