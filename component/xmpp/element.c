#include "component/xmpp/element.h"

#include "component/xmpp/tree.h"

#include <string.h>

#define XML_NS "http://www.w3.org/XML/1998/namespace"

const char *element_name(const struct element *element)
{
	return element->name;
}

const char *element_ns(const struct element *element)
{
	return element->ns;
}

bool element_is(const struct element *element, const char *ns, const char *name)
{
	return strcmp(element->name, name) == 0 && strcmp(element->ns, ns) == 0;
}

static const char *attr_in(
	const struct element *element, const char *ns, const char *name)
{
	for (size_t i = 0; i < element->n_attributes; i++)
		if (strcmp(element->attributes[i].name, name) == 0 &&
			strcmp(element->attributes[i].ns, ns) == 0)
			return element->attributes[i].value;
	return NULL;
}

const char *element_attr(const struct element *element, const char *name)
{
	return attr_in(element, "", name);
}

const char *element_lang(const struct element *element)
{
	const char *lang = NULL;

	for (; element && !lang; element = element->parent)
		lang = attr_in(element, XML_NS, "lang");
	return lang;
}

const struct element *element_first(const struct element *element)
{
	return element->first;
}

const struct element *element_next(const struct element *element)
{
	return element->next;
}

const struct element *element_child(
	const struct element *element, const char *ns, const char *name)
{
	if (!ns)
		ns = element->ns;
	for (const struct element *child = element->first; child; child = child->next)
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

	for (const struct element *child = element->first; child && len < size - 1;
		child = child->next) {
		size_t room = size - 1 - len;
		size_t n = child->text_len;

		if (!child->text)
			continue;
		if (n > room)
			n = element_cut(child->text, room);
		memcpy(out_text + len, child->text, n);
		len += n;
		if (n < child->text_len)
			break;
	}
	out_text[len] = '\0';
}
