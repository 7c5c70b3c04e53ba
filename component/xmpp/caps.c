#include "component/xmpp/caps.h"

#include <string.h>

#include <openssl/evp.h>

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
