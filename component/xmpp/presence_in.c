#include "base/parse.h"
#include "component/xmpp/stanza.h"

#include <string.h>

static const struct {
	const char *name;
	enum presence_type type;
} types[] = {
	{"unavailable", PRESENCE_UNAVAILABLE},
	{"subscribe", PRESENCE_SUBSCRIBE},
	{"subscribed", PRESENCE_SUBSCRIBED},
	{"unsubscribe", PRESENCE_UNSUBSCRIBE},
	{"unsubscribed", PRESENCE_UNSUBSCRIBED},
	{"probe", PRESENCE_PROBE},
	{"error", PRESENCE_ERROR},
};

/* What speaks of the moment, of a room or of a signature over the original: wrong in a
 * copy that says something else at another time. */
static const struct {
	const char *ns;
	const char *name;
} dropped[] = {
	{"urn:xmpp:delay", "delay"},
	{"jabber:x:delay", "x"},
	{"jabber:iq:last", "query"},
	{"jabber:x:signed", "x"},
	{"http://jabber.org/protocol/muc", "x"},
	{"http://jabber.org/protocol/muc#user", "x"},
};

#define DELAYS 2 // of `dropped`, the first ones

static enum presence_type type_of(const struct element *element)
{
	const char *type = element_attr(element, "type");

	if (!type)
		return PRESENCE_AVAILABLE;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, type) == 0)
			return types[i].type;
	return PRESENCE_OTHER;
}

/* Copies an attribute's value; "" where it is missing. */
static void copy_value(const char *value, char *out_text, size_t size)
{
	size_t n = value ? element_cut(value, strnlen(value, size - 1)) : 0;

	if (n > 0)
		memcpy(out_text, value, n);
	out_text[n] = '\0';
}

/* RFC 6121 section 4.7.2.3; what is no priority counts as none. */
static int read_priority(const struct element *element)
{
	char buffer[16];
	const char *text = buffer;
	int64_t priority = 0;
	size_t n;

	element_text(element, buffer, sizeof(buffer));
	n = strlen(buffer);
	parse_trim(&text, &n);
	return parse_int64(text, n, -128, 127, &priority) ? (int)priority : 0;
}

static enum show read_show(const struct element *element)
{
	char buffer[16];

	element_text(element, buffer, sizeof(buffer));
	return show_from_element(buffer);
}

/* RFC 6121 section 4.7.2.2: one status a language, which is the stanza's where the status
 * names none. */
static void read_status(const struct element *element, struct presence_in *presence)
{
	size_t n = presence->n_texts;

	if (n == STANZA_STATUS_TEXTS_MAX)
		return;
	copy_value(element_lang(element), presence->lang[n], STANZA_LANG_SIZE);
	for (size_t i = 0; i < n; i++)
		if (strcmp(presence->lang[i], presence->lang[n]) == 0)
			return;
	element_text(element, presence->text[n], STANZA_STATUS_SIZE);
	presence->texts[n] = (struct status_text){
		.lang = presence->lang[n],
		.text = presence->text[n],
	};
	presence->n_texts++;
}

/* Appends a child whole or not at all. */
static void keep_child(const struct element *element, struct buf *children)
{
	size_t before = children->len;

	element_print(element, children);
	if (!children->failed)
		return;
	children->failed = false;
	children->len = before;
	if (children->data)
		children->data[before] = '\0';
}

static void read_extension(const struct element *element, struct presence_in *presence)
{
	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++) {
		if (!element_is(element, dropped[i].ns, dropped[i].name))
			continue;
		if (i < DELAYS)
			presence->delayed = true;
		return;
	}
	keep_child(element, &presence->children);
}

void presence_in_read(const struct element *element, struct presence_in *out_presence)
{
	const char *own_ns = element_ns(element);
	const struct element *show = NULL;
	const struct element *priority = NULL;

	out_presence->type = type_of(element);
	out_presence->n_texts = 0;
	out_presence->delayed = false;
	buf_init(&out_presence->children, STANZA_CHILDREN_MAX);
	copy_value(
		element_attr(element, "id"), out_presence->id, sizeof(out_presence->id));
	for (const struct element *child = element_first(element); child;
		child = element_next(child)) {
		const char *name = element_name(child);

		if (!*name)
			continue;
		if (strcmp(element_ns(child), own_ns) != 0)
			read_extension(child, out_presence);
		else if (strcmp(name, "status") == 0)
			read_status(child, out_presence);
		else if (strcmp(name, "show") == 0 && !show)
			show = child;
		else if (strcmp(name, "priority") == 0 && !priority)
			priority = child;
	}
	out_presence->priority = priority ? read_priority(priority) : 0;
	out_presence->show = show ? read_show(show) : SHOW_AVAILABLE;
	if (out_presence->type == PRESENCE_UNAVAILABLE)
		out_presence->show = SHOW_OFFLINE;
}

void presence_in_finish(struct presence_in *presence)
{
	buf_finish(&presence->children);
}
