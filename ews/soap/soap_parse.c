#include "ews/soap/soap_reader.h"

#include "base/line.h"
#include "ews/limits.h"

#include <string.h>

#include <libxml/parserInternals.h>

static void refuse(struct soap_reader *reader, const char *why)
{
	reader->refusal = why;
	xmlStopParser(reader->xml);
}

static void note_stray(struct soap_reader *reader, const xmlChar *name)
{
	bool tells = reader->node == SOAP_NODE_NONE || reader->node == SOAP_NODE_BODY;
	if (tells && !reader->stray[0])
		line_copy(reader->stray, sizeof reader->stray, (const char *)name,
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
	struct soap_reader *reader = data;
	if (++reader->depth > EWS_XML_DEPTH_MAX) {
		refuse(reader, "the elements of the answer are nested too deeply");
		return;
	}
	int node = reader->skipped > 0
			   ? SOAP_NODE_NONE
			   : soap_child(reader, (const char *)uri, (const char *)name);
	if (node == SOAP_NODE_NONE) {
		if (reader->skipped++ == 0)
			note_stray(reader, name);
		return;
	}
	reader->node = node;
	reader->text_len = 0;
	soap_element_begins(reader,
		&(struct soap_attributes){.fives = attributes, .n = n_attributes});
}

static void on_end(
	void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	(void)name;
	(void)prefix;
	(void)uri;
	struct soap_reader *reader = data;
	reader->depth--;
	reader->ended = reader->depth == 0;
	if (reader->skipped > 0) {
		reader->skipped--;
		return;
	}
	soap_element_ends(reader);
	reader->node = soap_row(reader, reader->node)->parent;
	reader->text_len = 0;
	if (reader->no_memory || reader->refusal)
		xmlStopParser(reader->xml);
}

static bool has_text(const struct soap_reader *reader)
{
	switch (soap_row(reader, reader->node)->role) {
	case SOAP_TEXT:
	case SOAP_MESSAGE_TEXT:
	case SOAP_MESSAGE_CODE:
	case SOAP_MESSAGE_VALUE:
		return true;
	case SOAP_PLAIN:
	case SOAP_RESPONSE:
	case SOAP_MESSAGE:
		return false;
	}
	return false;
}

static void on_text(void *data, const xmlChar *text, int n)
{
	struct soap_reader *reader = data;
	if (reader->skipped > 0 || !has_text(reader))
		return;
	size_t room = sizeof reader->text - reader->text_len;
	size_t length = (size_t)n < room ? (size_t)n : room;
	memcpy(reader->text + reader->text_len, text, length);
	reader->text_len += length;
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

struct soap_pass soap_parse(
	struct soap_reader *reader, const char *bytes, size_t n, bool utf8)
{
	struct soap_pass pass = {0};
	xmlParserCtxtPtr xml = xmlCreateMemoryParserCtxt(bytes, (int)n);
	if (!xml) {
		reader->no_memory = true;
		return pass;
	}
	reader->xml = xml;
	reader->node = SOAP_NODE_NONE;
	reader->depth = reader->skipped = 0;
	reader->ended = false;
	reader->stray[0] = '\0';
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
	xml->userData = reader;
	(void)xmlParseDocument(xml);
	pass.whole = xml->wellFormed && reader->ended && !reader->refusal;
	const xmlError *error = xmlCtxtGetLastError(xml);
	if (error) {
		pass.line = error->line;
		pass.error = error->code;
		reader->no_memory = reader->no_memory || error->code == XML_ERR_NO_MEMORY;
	}
	if (xml->myDoc)
		xmlFreeDoc(xml->myDoc);
	xmlFreeParserCtxt(xml);
	reader->xml = NULL;
	return pass;
}
