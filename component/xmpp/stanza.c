#include "component/xmpp/stanza.h"

#include "base/parse.h"

#include <string.h>

#define STANZA_ERRORS_NS "urn:ietf:params:xml:ns:xmpp-stanzas"

/* ------------------------------------------------------------------ what comes in */

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

/* ------------------------------------------------------------------ what is sent */

static void put_attr(struct buf *buf, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf_xml(buf, " %s='%s'", name, value);
}

void stanza_put_status(struct buf *buf, const struct status *status)
{
	for (size_t i = 0; i < status->n; i++) {
		const struct status_text *text = &status->texts[i];

		buf_puts(buf, "<status");
		put_attr(buf, "xml:lang", *text->lang ? text->lang : NULL);
		buf_printf_xml(buf, ">%s</status>", text->text);
	}
}

void presence_print(struct buf *buf, const struct presence *presence, int priority)
{
	const char *show = show_element(presence->show);

	if (show)
		buf_printf(buf, "<show>%s</show>", show);
	stanza_put_status(buf, &presence->status);
	if (priority != 0)
		buf_printf(buf, "<priority>%d</priority>", priority);
}

static void open_tag(struct buf *buf, const char *name, const char *type,
	const char *from, const char *to)
{
	buf_printf(buf, "<%s", name);
	put_attr(buf, "type", type);
	put_attr(buf, "from", from);
	put_attr(buf, "to", to);
}

void stanza_presence(struct buf *buf, const char *type, const char *from, const char *to,
	const char *id)
{
	open_tag(buf, "presence", type, from, to);
	put_attr(buf, "id", id);
	buf_puts(buf, "/>");
}

void stanza_iq(struct buf *buf, const char *type, const char *from, const char *to,
	const char *id, const char *inside)
{
	open_tag(buf, "iq", type, from, to);
	put_attr(buf, "id", id);
	buf_puts(buf, ">");
	buf_puts(buf, inside);
	buf_puts(buf, "</iq>");
}

void stanza_iq_result(struct buf *buf, const struct element *request, const char *inside)
{
	stanza_iq(buf, "result", element_attr(request, "to"),
		element_attr(request, "from"), element_attr(request, "id"), inside);
}

/* Opens an error for a stanza that may be answered by one. */
static bool open_error(struct buf *buf, const struct element *stanza, const char *type)
{
	const char *stanza_type = element_attr(stanza, "type");
	const char *name = element_name(stanza);

	if (stanza_type &&
		(strcmp(stanza_type, "error") == 0 ||
			(strcmp(stanza_type, "result") == 0 && strcmp(name, "iq") == 0)))
		return false;
	open_tag(buf, name, "error", element_attr(stanza, "to"),
		element_attr(stanza, "from"));
	put_attr(buf, "id", element_attr(stanza, "id"));
	buf_printf_xml(buf, "><error type='%s'>", type);
	return true;
}

static void close_error(struct buf *buf, const struct element *stanza)
{
	buf_printf(buf, "</error></%s>", element_name(stanza));
}

void stanza_error(struct buf *buf, const struct element *stanza, const char *type,
	const char *condition)
{
	if (!open_error(buf, stanza, type))
		return;
	buf_printf(buf, "<%s xmlns='" STANZA_ERRORS_NS "'/>", condition);
	close_error(buf, stanza);
}

/* RFC 5122 section 2.2: nodeid and host. */
static void put_uri(struct buf *buf, const char *jid)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		"-._~!$()*+,;=@";

	buf_puts(buf, "xmpp:");
	for (; *jid; jid++) {
		if (strchr(plain, *jid))
			buf_add(buf, jid, 1);
		else
			buf_printf(buf, "%%%02X", (unsigned)(unsigned char)*jid);
	}
}

void stanza_redirect(struct buf *buf, const struct element *stanza, const char *jid)
{
	if (!open_error(buf, stanza, "modify"))
		return;
	buf_puts(buf, "<redirect xmlns='" STANZA_ERRORS_NS "'>");
	put_uri(buf, jid);
	buf_printf_xml(buf,
		"</redirect><text xmlns='" STANZA_ERRORS_NS
		"' xml:lang='en'>Nobody reads messages here. Write to %s instead.</text>",
		jid);
	close_error(buf, stanza);
}
