#include "exchange/walk.h"

#include "exchange/soap.h"

#include "base/parse.h"

#include <string.h>

bool walk_is(const xmlNode *node, const char *namespace, const char *name)
{
	return node != NULL && node->ns != NULL &&
	       strcmp((const char *)node->name, name) == 0 &&
	       strcmp((const char *)node->ns->href, namespace) == 0;
}

static xmlNode *element_from(xmlNode *node)
{
	while (node != NULL && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

struct walk walk_into(const xmlNode *parent)
{
	return (struct walk){.next = element_from(parent->children)};
}

xmlNode *walk_take(struct walk *walk, const char *namespace, const char *name)
{
	xmlNode *taken = walk->next;

	if (!walk_is(taken, namespace, name))
		return NULL;
	walk->next = element_from(taken->next);
	return taken;
}

bool walk_text(const xmlNode *node, char *out_text, size_t size)
{
	char text[2048];
	const char *trimmed = text;
	size_t n = 0;

	for (const xmlNode *child = node->children; child != NULL; child = child->next) {
		size_t more;

		if (child->type == XML_COMMENT_NODE || child->type == XML_PI_NODE)
			continue;
		if (child->type != XML_TEXT_NODE && child->type != XML_CDATA_SECTION_NODE)
			return false;
		more = strlen((const char *)child->content);
		if (more > sizeof text - n)
			return false;
		memcpy(text + n, child->content, more);
		n += more;
	}
	parse_trim(&trimmed, &n);
	if (n >= size)
		return false;
	memcpy(out_text, trimmed, n);
	out_text[n] = '\0';
	return true;
}

bool walk_take_text(struct walk *walk, const char *name, char *out_text, size_t size)
{
	const xmlNode *node = walk_take(walk, SOAP_TYPES, name);

	return node != NULL && walk_text(node, out_text, size);
}

bool walk_take_int(struct walk *walk, const char *name, int64_t *out_value)
{
	char text[32];

	return walk_take_text(walk, name, text, sizeof text) &&
	       parse_int64(text, strlen(text), INT32_MIN, INT32_MAX, out_value);
}
