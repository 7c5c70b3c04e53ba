#include "component/xmpp/answer.h"

#include <string.h>

#include <openssl/evp.h>

#define INFO_NS "http://jabber.org/protocol/disco#info"
#define VERSION_NS "jabber:iq:version"
#define VCARD_NS "vcard-temp"

#define INSIDE_MAX (ANSWER_ROOMS_MAX + 4096)

/* ------------------------------------------------------------------ what the component
 * can do */

#define NODE "urn:calpresence"

static const char *const features[] = {
	"http://jabber.org/protocol/caps",
	"http://jabber.org/protocol/disco#info",
	"http://jabber.org/protocol/disco#items",
	"jabber:iq:version",
	"urn:xmpp:ping",
};

static const struct caps own = {
	.category = "component",
	.type = "presence",
	.name = "calpresence",
	.features = features,
	.n_features = sizeof(features) / sizeof(features[0]),
};

bool caps_version(const struct caps *caps, char out_version[CAPS_VERSION_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t size = sizeof(digest);
	struct buf text;
	bool done;

	buf_init(&text, 64 * 1024);
	buf_printf(&text, "%s/%s//%s<", caps->category, caps->type, caps->name);
	for (size_t i = 0; i < caps->n_features; i++)
		buf_printf(&text, "%s<", caps->features[i]);
	done = !text.failed &&
	       EVP_Q_digest(NULL, "SHA1", NULL, text.data, text.len, digest, &size) == 1;
	buf_finish(&text);
	if (done)
		(void)EVP_EncodeBlock((unsigned char *)out_version, digest, (int)size);
	return done;
}

void caps_element(struct buf *buf)
{
	char version[CAPS_VERSION_SIZE];

	if (!caps_version(&own, version)) {
		buf->failed = true;
		return;
	}
	buf_printf(buf,
		"<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='" NODE
		"' ver='%s'/>",
		version);
}

void caps_disco_info(struct buf *buf)
{
	buf_printf(buf, "<identity category='%s' type='%s' name='%s'/>", own.category,
		own.type, own.name);
	for (size_t i = 0; i < own.n_features; i++)
		buf_printf(buf, "<feature var='%s'/>", own.features[i]);
}

bool caps_node_is_ours(const char *node)
{
	char version[CAPS_VERSION_SIZE];

	return strncmp(node, NODE "#", strlen(NODE "#")) == 0 &&
	       caps_version(&own, version) &&
	       strcmp(node + strlen(NODE "#"), version) == 0;
}

/* ------------------------------------------------------------------ answers */

bool answer_put_room(struct buf *rooms, const char *jid, const char *name)
{
	size_t before = rooms->len;

	buf_printf_xml(rooms, "<item jid='%s' name='%s'/>", jid, name);
	if (!rooms->failed && rooms->len <= ANSWER_ROOMS_MAX)
		return true;
	buf_cut(rooms, before);
	return false;
}

/* A contact without a resource is an account; the component and what sends presences are
 * what the hash in those presences says. */
static bool is_account(const char *to, const char *component_jid)
{
	return to && strcmp(to, component_jid) != 0 && !strchr(to, '/');
}

static void put_account(const char *name, struct buf *inside)
{
	if (name)
		buf_printf_xml(inside,
			"<identity category='account' type='registered' name='%s'/>"
			"<feature var='" INFO_NS "'/><feature var='" VCARD_NS "'/>",
			name);
	else
		buf_puts(inside, "<identity category='account' type='registered'/>"
				 "<feature var='" INFO_NS "'/>");
}

/* The inside of a disco#info result. false: there is no such node. */
static bool put_info(
	const struct element *query, bool account, const char *name, struct buf *inside)
{
	const char *node = element_attr(query, "node");

	if (node && (account || !caps_node_is_ours(node)))
		return false;
	if (node)
		buf_printf_xml(inside, "<query xmlns='" INFO_NS "' node='%s'>", node);
	else
		buf_puts(inside, "<query xmlns='" INFO_NS "'>");
	if (account)
		put_account(name, inside);
	else
		caps_disco_info(inside);
	buf_puts(inside, "</query>");
	return true;
}

/* What is wrong with the request, or NULL and what the result has inside. */
static const char *serve(
	const struct element *iq, const struct answer_facts *facts, struct buf *inside)
{
	const struct element *info = element_child(iq, INFO_NS, "query");
	bool account = is_account(element_attr(iq, "to"), facts->component_jid);

	if (strcmp(element_attr(iq, "type"), "get") != 0)
		return "service-unavailable";
	if (info)
		return put_info(info, account, facts->name, inside) ? NULL
								    : "item-not-found";
	if (element_child(iq, ANSWER_ITEMS_NS, "query"))
		buf_printf(inside, "<query xmlns='" ANSWER_ITEMS_NS "'>%s</query>",
			facts->rooms);
	else if (facts->name && element_child(iq, VCARD_NS, "vCard"))
		buf_printf_xml(inside, "<vCard xmlns='" VCARD_NS "'><FN>%s</FN></vCard>",
			facts->name);
	else if (element_child(iq, VERSION_NS, "query"))
		buf_printf_xml(inside,
			"<query xmlns='" VERSION_NS "'><name>calpresence</name>"
			"<version>%s</version></query>",
			facts->version);
	else if (!element_child(iq, "urn:xmpp:ping", "ping"))
		return "service-unavailable";
	return NULL;
}

bool answer_iq(
	const struct element *iq, const struct answer_facts *facts, struct buf *out)
{
	const char *type = element_attr(iq, "type");
	const char *condition;
	struct buf inside;

	if (!type || (strcmp(type, "get") != 0 && strcmp(type, "set") != 0))
		return false;
	buf_init(&inside, INSIDE_MAX);
	condition = serve(iq, facts, &inside);
	if (condition)
		stanza_error(out, iq, "cancel", condition);
	else if (inside.failed)
		stanza_error(out, iq, "wait", "resource-constraint");
	else
		stanza_iq_result(out, iq, buf_text(&inside));
	buf_finish(&inside);
	return true;
}
