#include "component/xmpp/stanza.h"

#include <string.h>

#define STANZA_ERRORS_NS "urn:ietf:params:xml:ns:xmpp-stanzas"

static void put_attr(struct buf *buf, const char *name, const char *value)
{
	if (!value)
		return;
	buf_puts(buf, " ");
	buf_puts(buf, name);
	buf_puts(buf, "='");
	buf_put_xml(buf, value);
	buf_puts(buf, "'");
}

void stanza_put_status(struct buf *buf, const struct status *status)
{
	for (size_t i = 0; i < status->n; i++) {
		const struct status_text *text = &status->texts[i];

		buf_puts(buf, "<status");
		put_attr(buf, "xml:lang", *text->lang ? text->lang : NULL);
		buf_puts(buf, ">");
		buf_put_xml(buf, text->text);
		buf_puts(buf, "</status>");
	}
}

void presence_print(struct buf *buf, const struct presence *presence, int priority)
{
	const char *show = show_element(presence->show);

	if (show) {
		buf_puts(buf, "<show>");
		buf_puts(buf, show);
		buf_puts(buf, "</show>");
	}
	stanza_put_status(buf, &presence->status);
	if (priority != 0)
		buf_printf(buf, "<priority>%d</priority>", priority);
}

static void open_tag(struct buf *buf, const char *name, const char *type,
	const char *from, const char *to)
{
	buf_puts(buf, "<");
	buf_puts(buf, name);
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
	buf_puts(buf, "><error");
	put_attr(buf, "type", type);
	buf_puts(buf, ">");
	return true;
}

static void close_error(struct buf *buf, const struct element *stanza)
{
	buf_puts(buf, "</error></");
	buf_puts(buf, element_name(stanza));
	buf_puts(buf, ">");
}

void stanza_error(struct buf *buf, const struct element *stanza, const char *type,
	const char *condition)
{
	if (!open_error(buf, stanza, type))
		return;
	buf_puts(buf, "<");
	buf_puts(buf, condition);
	buf_puts(buf, " xmlns='" STANZA_ERRORS_NS "'/>");
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
	buf_puts(buf, "</redirect><text xmlns='" STANZA_ERRORS_NS
		      "' xml:lang='en'>Nobody reads messages here. Write to ");
	buf_put_xml(buf, jid);
	buf_puts(buf, " instead.</text>");
	close_error(buf, stanza);
}
