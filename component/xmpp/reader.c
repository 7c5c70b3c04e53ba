#include "component/xmpp/reader.h"

#include "component/xmpp/frame.h"
#include "component/xmpp/limits.h"
#include "component/xmpp/tree.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>

struct reader {
	struct frame frame;
	struct tree tree;
	struct buf opening;   // all up to the stream's opening tag: begins each parser
	xmlParserCtxtPtr xml; // owned, NULL before the opening tag
	size_t parsed;        // bytes that this parser has seen
	size_t depth;         // of elements that are open
	size_t ended;         // elements that were a whole stanza
	bool priming;         // a parser that takes over reads the opening tag again
	bool broken;
	bool restricted;
	bool undeclared;
	const char *why;
};

/* ------------------------------------------------------------------ libxml2 */

static const char *text_of(const xmlChar *text)
{
	return text ? (const char *)text : "";
}

/* libxml2 hands on a name with an undeclared prefix as one without namespace; where it
 * can make nothing of the colons, the local name has one. */
static void check_name(struct reader *reader, const xmlChar *prefix, const xmlChar *ns,
	const xmlChar *name)
{
	if ((prefix && !ns) || strchr(text_of(name), ':'))
		reader->undeclared = true;
}

/* Five pointers an attribute: local name, prefix, namespace, value and its end. */
static void on_start(void *context, const xmlChar *name, const xmlChar *prefix,
	const xmlChar *ns, int n_namespaces, const xmlChar **namespaces, int n_attributes,
	int n_defaulted, const xmlChar **attributes)
{
	struct reader *reader = context;

	(void)n_namespaces;
	(void)namespaces;
	(void)n_defaulted;
	reader->depth++;
	if (reader->priming)
		return;
	check_name(reader, prefix, ns, name);
	tree_start(&reader->tree, text_of(ns), text_of(name), (size_t)n_attributes);
	for (size_t i = 0; i < (size_t)n_attributes; i++) {
		const xmlChar **five = attributes + 5 * i;

		check_name(reader, five[1], five[2], five[0]);
		tree_attribute(&reader->tree, i, text_of(five[2]), text_of(five[0]),
			(const char *)five[3], (size_t)(five[4] - five[3]));
	}
}

static void on_end(
	void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *ns)
{
	struct reader *reader = context;

	(void)name;
	(void)prefix;
	(void)ns;
	tree_end(&reader->tree);
	if (--reader->depth == 1)
		reader->ended++;
}

static void on_text(void *context, const xmlChar *text, int n)
{
	struct reader *reader = context;

	if (reader->depth > 1)
		tree_text(&reader->tree, (const char *)text, (size_t)n);
}

static void on_comment(void *context, const xmlChar *text)
{
	(void)text;
	((struct reader *)context)->restricted = true;
}

static void on_instruction(void *context, const xmlChar *target, const xmlChar *data)
{
	(void)target;
	on_comment(context, data);
}

static void on_dtd(
	void *context, const xmlChar *name, const xmlChar *public, const xmlChar *system)
{
	(void)public;
	(void)system;
	on_comment(context, name);
}

static void drop_parser(struct reader *reader)
{
	if (reader->xml && reader->xml->myDoc)
		xmlFreeDoc(reader->xml->myDoc);
	xmlFreeParserCtxt(reader->xml);
	reader->xml = NULL;
}

static bool make_parser(struct reader *reader)
{
	xmlSAXHandler sax = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_text,
		.comment = on_comment,
		.processingInstruction = on_instruction,
		.internalSubset = on_dtd,
	};

	drop_parser(reader);
	reader->xml = xmlCreatePushParserCtxt(&sax, reader, NULL, 0, NULL);
	if (!reader->xml)
		return false;
	/* Without NOENT an ampersand in an attribute's value comes as "&#38;". */
	(void)xmlCtxtUseOptions(reader->xml, XML_PARSE_NONET | XML_PARSE_NOENT);
	reader->parsed = 0;
	reader->depth = 0;
	return true;
}

/* Whether it was all well-formed. */
static bool parse(struct reader *reader, const struct buf *bytes)
{
	reader->parsed += bytes->len;
	(void)xmlParseChunk(reader->xml, bytes->data, (int)bytes->len, 0);
	return reader->xml->wellFormed && !reader->restricted;
}

/* ------------------------------------------------------------------- reader */

struct reader *reader_create(void)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	frame_init(&reader->frame);
	buf_init(&reader->opening, STREAM_HEADER_MAX);
	return reader;
}

void reader_destroy(struct reader *reader)
{
	if (!reader)
		return;
	drop_parser(reader);
	arena_finish(&reader->tree.memory);
	buf_finish(&reader->opening);
	frame_finish(&reader->frame);
	free(reader);
}

static enum reader_event broken(struct reader *reader, const char *condition)
{
	reader->why = condition;
	reader->broken = true;
	return READER_BROKEN;
}

static enum reader_event dropped(struct reader *reader, const char *why)
{
	reader->why = why;
	return READER_DROPPED;
}

static enum reader_event parse_opening(struct reader *reader)
{
	buf_add(&reader->opening, reader->frame.bytes.data, reader->frame.bytes.len);
	if (reader->opening.failed || !make_parser(reader))
		return broken(reader, "resource-constraint");
	if (!parse(reader, &reader->opening))
		return broken(reader,
			reader->restricted ? "restricted-xml" : "not-well-formed");
	if (reader->xml->encoding &&
		strcasecmp((const char *)reader->xml->encoding, "UTF-8") != 0)
		return broken(reader, "unsupported-encoding");
	if (reader->depth != 1)
		return broken(reader, "not-well-formed");
	if (reader->tree.failed)
		return broken(reader, "resource-constraint");
	if (reader->undeclared)
		return broken(reader, "bad-namespace-prefix");
	return READER_OPENED;
}

/* libxml2 keeps every name, and what it finds wrong. */
static bool renew_parser(struct reader *reader)
{
	bool primed;

	if (!make_parser(reader))
		return false;
	reader->priming = true;
	primed = parse(reader, &reader->opening) && reader->depth == 1;
	reader->priming = false;
	return primed;
}

static enum reader_event parse_stanza(struct reader *reader)
{
	const struct buf *bytes = &reader->frame.bytes;

	tree_reset(&reader->tree);
	reader->ended = 0;
	reader->undeclared = false;
	if (reader->parsed + bytes->len > PARSER_BYTES_MAX && !renew_parser(reader))
		return broken(reader, "resource-constraint");
	/* The frame's opinion of where the stanza ends has to be libxml2's as well. */
	if (!parse(reader, bytes) || reader->depth != 1 || reader->ended != 1)
		return broken(reader, "not-well-formed");
	if (reader->tree.failed)
		return dropped(reader, "memory is short");
	if (reader->undeclared)
		return dropped(reader, "a prefix in it is declared nowhere");
	return READER_STANZA;
}

enum reader_event reader_next(struct reader *reader, const char **bytes, size_t *n)
{
	if (reader->broken)
		return READER_BROKEN;
	switch (frame_take(&reader->frame, bytes, n)) {
	case FRAME_MORE:
		return READER_MORE;
	case FRAME_OPENING:
		return parse_opening(reader);
	case FRAME_STANZA:
		return parse_stanza(reader);
	case FRAME_DROPPED:
		return dropped(reader, reader->frame.why);
	case FRAME_CLOSING:
		return READER_CLOSED;
	case FRAME_BROKEN:
		return broken(reader, reader->frame.why);
	}
	return READER_MORE;
}

const struct element *reader_element(const struct reader *reader)
{
	return reader->tree.root;
}

const char *reader_why(const struct reader *reader)
{
	return reader->why;
}
