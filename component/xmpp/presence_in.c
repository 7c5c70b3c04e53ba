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

enum presence_type presence_type_of(const struct element *element)
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

void presence_in_read(const struct element *element, struct presence_in *out_presence)
{
	const char *own_ns = element_ns(element);
	const struct element *show = NULL;
	const struct element *priority = NULL;

	out_presence->n_texts = 0;
	for (const struct element *child = element_first(element); child;
		child = element_next(child)) {
		if (element_is(child, own_ns, "status"))
			read_status(child, out_presence);
		else if (element_is(child, own_ns, "show") && !show)
			show = child;
		else if (element_is(child, own_ns, "priority") && !priority)
			priority = child;
	}
	out_presence->priority = priority ? read_priority(priority) : 0;
	out_presence->show = show ? read_show(show) : SHOW_AVAILABLE;
}
