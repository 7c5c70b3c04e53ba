#include "exchange/envelope.h"

#include "exchange/walk.h"

#include <stdint.h>
#include <string.h>

#include <libxml/parser.h>

int envelope_version(const char *name)
{
	static const char *const versions[] = {"Exchange2007", "Exchange2007_SP1",
		"Exchange2009", "Exchange2010", "Exchange2010_SP1", "Exchange2010_SP2",
		"Exchange2012", "Exchange2013", "Exchange2013_SP1", "Exchange2015",
		"Exchange2016", "V2015_10_05", "V2016_01_06", "V2016_04_13",
		"V2016_07_13", "V2016_10_10", "V2017_01_07", "V2017_04_14",
		"V2017_07_11"};

	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		if (strcmp(name, versions[i]) == 0)
			return (int)i + 1;
	}
	return 0;
}

static bool read_version(
	const xmlNode *element, int *out_version, struct soap_fault *out_fault)
{
	xmlChar *version = xmlGetNoNsProp(element, (const xmlChar *)"Version");

	*out_version = version != NULL ? envelope_version((const char *)version) : 0;
	xmlFree(version);
	return *out_version > 0 || soap_refuse(out_fault, "ErrorInvalidServerVersion", 0,
					   "The specified server version is invalid.");
}

/* t:ConnectingSID is a choice; a SID names nobody here. */
static bool read_name(
	const xmlNode *element, struct envelope *envelope, struct soap_fault *out_fault)
{
	static const char *const kinds[] = {
		"PrincipalName", "PrimarySmtpAddress", "SmtpAddress"};
	struct walk walk = walk_into(element);
	const xmlNode *sid = walk_take(&walk, SOAP_TYPES, "ConnectingSID");
	struct walk inner;

	if (sid == NULL)
		return soap_misplaced(out_fault, element, walk.next);
	inner = walk_into(sid);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !envelope->has_name; i++)
		envelope->has_name = walk_take_text(
			&inner, kinds[i], envelope->name, sizeof envelope->name);
	if (!envelope->has_name || envelope->name[0] == '\0')
		return soap_refuse(out_fault,
			"ErrorInvalidExchangeImpersonationHeaderData", 0,
			"The exchange impersonation header data is invalid.");
	return inner.next == NULL || soap_misplaced(out_fault, sid, inner.next);
}

static bool read_header(
	const xmlNode *header, struct envelope *envelope, struct soap_fault *out_fault)
{
	struct walk walk = walk_into(header);

	for (; walk.next != NULL; (void)walk_take(&walk,
		     (const char *)walk.next->ns->href, (const char *)walk.next->name)) {
		if (walk.next->ns == NULL)
			return soap_misplaced(out_fault, header, walk.next);
		if (walk_is(walk.next, SOAP_TYPES, "RequestServerVersion") &&
			!read_version(walk.next, &envelope->version, out_fault))
			return false;
		if (walk_is(walk.next, SOAP_TYPES, "ExchangeImpersonation") &&
			!read_name(walk.next, envelope, out_fault))
			return false;
		if (walk_is(walk.next, SOAP_TYPES, "TimeZoneContext"))
			envelope->zone = walk.next;
	}
	return true;
}

static bool read_root(struct envelope *envelope, struct soap_fault *out_fault)
{
	const xmlNode *root = xmlDocGetRootElement(envelope->doc);
	struct walk walk;
	const xmlNode *header;
	const xmlNode *body;

	if (envelope->doc->intSubset != NULL)
		return soap_invalid(out_fault, "DTD is prohibited in this XML document.");
	if (!walk_is(root, SOAP_NS, "Envelope"))
		return soap_invalid(out_fault, "the message is no SOAP 1.1 envelope.");
	walk = walk_into(root);
	header = walk_take(&walk, SOAP_NS, "Header");
	body = walk_take(&walk, SOAP_NS, "Body");
	if (body == NULL || walk.next != NULL)
		return soap_misplaced(out_fault, root, walk.next);
	if (header != NULL && !read_header(header, envelope, out_fault))
		return false;
	envelope->operation = walk_into(body).next;
	if (envelope->operation == NULL || envelope->operation->ns == NULL ||
		xmlNextElementSibling(envelope->operation) != NULL)
		return soap_misplaced(out_fault, body, envelope->operation);
	return true;
}

bool envelope_read(const char *text, size_t n, struct envelope *out_envelope,
	struct soap_fault *out_fault)
{
	*out_envelope = (struct envelope){0};
	if (n <= INT32_MAX)
		out_envelope->doc = xmlReadMemory(text, (int)n, NULL, NULL,
			XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (out_envelope->doc == NULL)
		return soap_invalid(out_fault, "the message is not well-formed XML.");
	return read_root(out_envelope, out_fault);
}

void envelope_finish(struct envelope *envelope)
{
	xmlFreeDoc(envelope->doc);
	envelope->doc = NULL;
	envelope->operation = NULL;
	envelope->zone = NULL;
}
