#include "ews/availability_parse.h"

#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

enum space {
	SPACE_NONE,
	SPACE_SOAP,
	SPACE_MESSAGES,
	SPACE_TYPES,
	SPACE_ERRORS,
};

static const char *const space_uris[] = {
	[SPACE_SOAP] = "http://schemas.xmlsoap.org/soap/envelope/",
	[SPACE_MESSAGES] = "http://schemas.microsoft.com/exchange/services/2006/messages",
	[SPACE_TYPES] = "http://schemas.microsoft.com/exchange/services/2006/types",
	[SPACE_ERRORS] = "http://schemas.microsoft.com/exchange/services/2006/errors",
};

struct grammar {
	enum availability_node parent;
	enum space space;
	const char *name;
	bool has_text;
};

/* messages.xsd GetUserAvailabilityResponse, and SOAP 1.1 section 4.4. */
static const struct grammar grammar[] = {
	[NODE_ENVELOPE] = {NODE_NONE, SPACE_SOAP, "Envelope", false},
	[NODE_HEADER] = {NODE_ENVELOPE, SPACE_SOAP, "Header", false},
	[NODE_SERVER_VERSION] = {NODE_HEADER, SPACE_TYPES, "ServerVersionInfo", false},
	[NODE_BODY] = {NODE_ENVELOPE, SPACE_SOAP, "Body", false},
	[NODE_RESPONSE] = {NODE_BODY, SPACE_MESSAGES, "GetUserAvailabilityResponse",
		false},
	[NODE_ARRAY] = {NODE_RESPONSE, SPACE_MESSAGES, "FreeBusyResponseArray", false},
	[NODE_MAILBOX] = {NODE_ARRAY, SPACE_MESSAGES, "FreeBusyResponse", false},
	[NODE_MESSAGE] = {NODE_MAILBOX, SPACE_MESSAGES, "ResponseMessage", false},
	[NODE_MESSAGE_TEXT] = {NODE_MESSAGE, SPACE_MESSAGES, "MessageText", true},
	[NODE_MESSAGE_CODE] = {NODE_MESSAGE, SPACE_MESSAGES, "ResponseCode", true},
	[NODE_MESSAGE_XML] = {NODE_MESSAGE, SPACE_MESSAGES, "MessageXml", false},
	[NODE_MESSAGE_VALUE] = {NODE_MESSAGE_XML, SPACE_TYPES, "Value", true},
	[NODE_VIEW] = {NODE_MAILBOX, SPACE_MESSAGES, "FreeBusyView", false},
	[NODE_VIEW_TYPE] = {NODE_VIEW, SPACE_TYPES, "FreeBusyViewType", true},
	[NODE_MERGED] = {NODE_VIEW, SPACE_TYPES, "MergedFreeBusy", true},
	[NODE_EVENTS] = {NODE_VIEW, SPACE_TYPES, "CalendarEventArray", false},
	[NODE_EVENT] = {NODE_EVENTS, SPACE_TYPES, "CalendarEvent", false},
	[NODE_EVENT_START] = {NODE_EVENT, SPACE_TYPES, "StartTime", true},
	[NODE_EVENT_END] = {NODE_EVENT, SPACE_TYPES, "EndTime", true},
	[NODE_EVENT_BUSY] = {NODE_EVENT, SPACE_TYPES, "BusyType", true},
	[NODE_EVENT_DETAILS] = {NODE_EVENT, SPACE_TYPES, "CalendarEventDetails", false},
	[NODE_EVENT_MEETING] = {NODE_EVENT_DETAILS, SPACE_TYPES, "IsMeeting", true},
	[NODE_EVENT_RECURRING] = {NODE_EVENT_DETAILS, SPACE_TYPES, "IsRecurring", true},
	[NODE_EVENT_PRIVATE] = {NODE_EVENT_DETAILS, SPACE_TYPES, "IsPrivate", true},
	[NODE_FAULT] = {NODE_BODY, SPACE_SOAP, "Fault", false},
	[NODE_FAULT_CODE] = {NODE_FAULT, SPACE_NONE, "faultcode", true},
	[NODE_FAULT_STRING] = {NODE_FAULT, SPACE_NONE, "faultstring", true},
	[NODE_FAULT_DETAIL] = {NODE_FAULT, SPACE_NONE, "detail", false},
	[NODE_DETAIL_CODE] = {NODE_FAULT_DETAIL, SPACE_ERRORS, "ResponseCode", true},
	[NODE_DETAIL_XML] = {NODE_FAULT_DETAIL, SPACE_TYPES, "MessageXml", false},
	[NODE_DETAIL_VALUE] = {NODE_DETAIL_XML, SPACE_TYPES, "Value", true},
};

#define NODES (sizeof grammar / sizeof *grammar)

struct parser {
	xmlParserCtxtPtr xml; // owned by availability_parse()
	struct availability_collect *collect;
	enum availability_node node; // the innermost element that counts
	unsigned depth;
	unsigned skipped; // how many elements deep we are in one that does not count
	bool ended;
	char text[EWS_XML_TEXT_MAX];
	size_t text_len;
	char *stray; // borrowed, of struct availability_parse
};

static void refuse(struct parser *parser, const char *why)
{
	parser->collect->refusal = why;
	xmlStopParser(parser->xml);
}

static bool is_in_space(const xmlChar *uri, enum space space)
{
	if (space == SPACE_NONE)
		return !uri;
	return uri && strcmp((const char *)uri, space_uris[space]) == 0;
}

static enum availability_node child_of(
	enum availability_node parent, const xmlChar *uri, const xmlChar *name)
{
	for (size_t i = NODE_ENVELOPE; i < NODES; i++) {
		if (grammar[i].parent == parent &&
			strcmp((const char *)name, grammar[i].name) == 0 &&
			is_in_space(uri, grammar[i].space))
			return (enum availability_node)i;
	}
	return NODE_NONE;
}

/* libxml2 hands attributes over in fives: name, prefix, URI, the value's begin and end.
 */
static size_t attribute(
	const xmlChar **attributes, int n, const char *name, const char **out_value)
{
	for (const xmlChar **a = attributes; n > 0; n--, a += 5) {
		if (!a[2] && strcmp((const char *)a[0], name) == 0) {
			*out_value = (const char *)a[3];
			return (size_t)(a[4] - a[3]);
		}
	}
	*out_value = "";
	return 0;
}

static bool attribute_is(
	const xmlChar **attributes, int n, const char *name, const char *wanted)
{
	const char *value;
	size_t length = attribute(attributes, n, name, &value);
	return length == strlen(wanted) && memcmp(value, wanted, length) == 0;
}

/* types.xsd ServerVersionInfo; all its attributes are optional. */
static void note_version(struct parser *parser, const xmlChar **attributes, int n)
{
	static const char *const parts[] = {
		"MajorVersion", "MinorVersion", "MajorBuildNumber"};
	char version[sizeof parser->collect->answer->server_version] = "";
	size_t used = 0;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		const char *value;
		size_t length = attribute(attributes, n, parts[i], &value);
		if (length == 0 || length > 9 || strspn(value, "0123456789") < length)
			return;
		used += (size_t)snprintf(version + used, sizeof version - used, "%s%.*s",
			i > 0 ? "." : "", (int)length, value);
	}
	memcpy(parser->collect->answer->server_version, version, sizeof version);
}

static void note_attributes(struct parser *parser, const xmlChar **attributes, int n)
{
	struct availability_collect *collect = parser->collect;
	if (parser->node == NODE_SERVER_VERSION)
		note_version(parser, attributes, n);
	if (parser->node == NODE_MESSAGE)
		collect->class = attribute_is(attributes, n, "ResponseClass", "Error")
					 ? CLASS_ERROR
				 : attribute_is(attributes, n, "ResponseClass", "Warning")
					 ? CLASS_WARNING
					 : CLASS_SUCCESS;
	if (parser->node == NODE_MESSAGE_VALUE || parser->node == NODE_DETAIL_VALUE)
		collect->value =
			attribute_is(attributes, n, "Name", "BackOffMilliseconds")
				? VALUE_BACK_OFF
			: attribute_is(attributes, n, "Name", "InnerErrorResponseCode")
				? VALUE_INNER_CODE
				: VALUE_OTHER;
}

static void note_stray(struct parser *parser, const xmlChar *name)
{
	bool tells = parser->node == NODE_NONE || parser->node == NODE_BODY;
	if (tells && !parser->stray[0])
		availability_copy_line(parser->stray,
			sizeof((struct availability_parse *)0)->stray, (const char *)name,
			strlen((const char *)name));
}

static void on_start(void *data, const xmlChar *name, const xmlChar *prefix,
	const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
	int n_attributes, int n_defaulted, const xmlChar **attributes)
{
	(void)prefix;
	(void)n_namespaces;
	(void)namespaces;
	(void)n_defaulted;
	struct parser *parser = data;
	if (++parser->depth > EWS_XML_DEPTH_MAX) {
		refuse(parser, "the elements of the answer are nested too deeply");
		return;
	}
	enum availability_node node =
		parser->skipped > 0 ? NODE_NONE : child_of(parser->node, uri, name);
	if (node == NODE_NONE) {
		if (parser->skipped++ == 0)
			note_stray(parser, name);
		return;
	}
	parser->node = node;
	parser->text_len = 0;
	availability_collect_begin(parser->collect, node);
	note_attributes(parser, attributes, n_attributes);
}

static void on_end(
	void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	(void)name;
	(void)prefix;
	(void)uri;
	struct parser *parser = data;
	parser->depth--;
	parser->ended = parser->depth == 0;
	if (parser->skipped > 0) {
		parser->skipped--;
		return;
	}
	availability_collect_end(
		parser->collect, parser->node, parser->text, parser->text_len);
	parser->node = grammar[parser->node].parent;
	if (parser->collect->no_memory || parser->collect->refusal)
		xmlStopParser(parser->xml);
}

static void on_text(void *data, const xmlChar *text, int n)
{
	struct parser *parser = data;
	if (parser->skipped > 0 || !grammar[parser->node].has_text)
		return;
	size_t room = sizeof parser->text - parser->text_len;
	size_t length = (size_t)n < room ? (size_t)n : room;
	memcpy(parser->text + parser->text_len, text, length);
	parser->text_len += length;
}

static void on_dtd(void *data, const xmlChar *name, const xmlChar *external_id,
	const xmlChar *system_id)
{
	(void)name;
	(void)external_id;
	(void)system_id;
	refuse(data,
		"the answer has a document type declaration, as no SOAP message has");
}

struct availability_parse availability_parse(
	const char *bytes, size_t n, bool utf8, struct availability_collect *collect)
{
	struct availability_parse result = {0};
	xmlParserCtxtPtr xml = xmlCreateMemoryParserCtxt(bytes, (int)n);
	if (!xml) {
		collect->no_memory = true;
		return result;
	}
	struct parser parser = {.xml = xml, .collect = collect, .stray = result.stray};
	(void)xmlCtxtUseOptions(xml, XML_PARSE_NONET | (utf8 ? XML_PARSE_IGNORE_ENC : 0));
	*xml->sax = (xmlSAXHandler){
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_text,
		.internalSubset = on_dtd,
	};
	xml->userData = &parser;
	(void)xmlParseDocument(xml);
	result.whole = xml->wellFormed && parser.ended && !collect->refusal;
	const xmlError *error = xmlCtxtGetLastError(xml);
	if (error) {
		result.line = error->line;
		result.error = error->code;
		collect->no_memory =
			collect->no_memory || error->code == XML_ERR_NO_MEMORY;
	}
	if (xml->myDoc)
		xmlFreeDoc(xml->myDoc);
	xmlFreeParserCtxt(xml);
	return result;
}
