#include "ews/soap/soap_read.h"

#include "base/line.h"
#include "base/parse.h"
#include "ews/limits.h"
#include "ews/soap/soap.h"
#include "ews/soap/soap_clean.h"
#include "gateway/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

/* MessageXml/Value/@Name, of those that count. */
enum soap_value {
	SOAP_VALUE_OTHER,
	SOAP_VALUE_BACK_OFF,
	SOAP_VALUE_INNER_CODE,
};

/* An answer on its way through the parser. */
struct soap_reader {
	const struct soap_grammar *grammar;
	void *context;
	struct soap_answer *answer; // borrowed
	struct soap_message message;
	enum soap_value value;
	char inner_code[64]; // of what an ErrorInternalServerError hides
	char fault_code[64]; // the local part of faultcode
	const char *refusal; // why the answer is not to be believed; NULL: nothing
	bool no_memory;
	char stray[128]; // the root or the child of Body that we do not know; "" none

	/* of one pass */
	xmlParserCtxtPtr xml;
	int node; // the innermost element that counts
	unsigned depth;
	unsigned skipped; // how many elements deep we are in one that does not count
	bool ended;
	char text[EWS_XML_TEXT_MAX];
	size_t text_len;
};

/* libxml2 hands attributes over in fives: name, prefix, URI, the value's begin and end.
 */
struct soap_attributes {
	const xmlChar **fives;
	int n;
};

/* How a pass ended. */
struct soap_pass {
	bool whole; // well-formed, and the root's end tag was seen
	int line;   // of the error that ended it
	int error;  // libxml2's number
};

static void soap_element_ends(struct soap_reader *reader);

static const char *const spaces[] = {
	[SOAP_SPACE_SOAP] = "http://schemas.xmlsoap.org/soap/envelope/",
	[SOAP_SPACE_MESSAGES] =
		"http://schemas.microsoft.com/exchange/services/2006/messages",
	[SOAP_SPACE_TYPES] = "http://schemas.microsoft.com/exchange/services/2006/types",
	[SOAP_SPACE_ERRORS] =
		"http://schemas.microsoft.com/exchange/services/2006/errors",
	[SOAP_SPACE_AUTODISCOVER] =
		"http://schemas.microsoft.com/exchange/2010/Autodiscover",
	[SOAP_SPACE_POX] =
		"http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006",
	/* NOLINTNEXTLINE(bugprone-suspicious-missing-comma): it is one that is long */
	[SOAP_SPACE_POX_OUTLOOK] = "http://schemas.microsoft.com/exchange/autodiscover/"
				   "outlook/responseschema/2006a",
};

/* SOAP 1.1 section 4, and what Exchange puts into header and detail. */
static const struct soap_row rows[SOAP_NODES] = {
	[SOAP_NODE_ENVELOPE] = {SOAP_NODE_NONE, SOAP_SPACE_SOAP, "Envelope", SOAP_PLAIN},
	[SOAP_NODE_HEADER] = {SOAP_NODE_ENVELOPE, SOAP_SPACE_SOAP, "Header", SOAP_PLAIN},
	[SOAP_NODE_SERVER_VERSION] = {SOAP_NODE_HEADER, SOAP_SPACE_TYPES,
		"ServerVersionInfo", SOAP_PLAIN},
	[SOAP_NODE_BODY] = {SOAP_NODE_ENVELOPE, SOAP_SPACE_SOAP, "Body", SOAP_PLAIN},
	[SOAP_NODE_FAULT] = {SOAP_NODE_BODY, SOAP_SPACE_SOAP, "Fault", SOAP_PLAIN},
	[SOAP_NODE_FAULT_CODE] = {SOAP_NODE_FAULT, SOAP_SPACE_NONE, "faultcode",
		SOAP_TEXT},
	[SOAP_NODE_FAULT_STRING] = {SOAP_NODE_FAULT, SOAP_SPACE_NONE, "faultstring",
		SOAP_TEXT},
	[SOAP_NODE_DETAIL] = {SOAP_NODE_FAULT, SOAP_SPACE_NONE, "detail", SOAP_PLAIN},
	[SOAP_NODE_DETAIL_CODE] = {SOAP_NODE_DETAIL, SOAP_SPACE_ERRORS, "ResponseCode",
		SOAP_TEXT},
	[SOAP_NODE_DETAIL_XML] = {SOAP_NODE_DETAIL, SOAP_SPACE_TYPES, "MessageXml",
		SOAP_PLAIN},
	[SOAP_NODE_DETAIL_VALUE] = {SOAP_NODE_DETAIL_XML, SOAP_SPACE_TYPES, "Value",
		SOAP_TEXT},
};

/* ------------------------------------------------------------------ the grammar */

static const struct soap_row *soap_row(const struct soap_reader *reader, int node)
{
	return node < SOAP_NODES ? &rows[node] : &reader->grammar->rows[node];
}

static bool is_in_space(const char *uri, enum soap_space space)
{
	if (space == SOAP_SPACE_ANY)
		return true;
	if (space == SOAP_SPACE_NONE)
		return !uri;
	return uri && strcmp(uri, spaces[space]) == 0;
}

static int soap_child(const struct soap_reader *reader, const char *uri, const char *name)
{
	int n = (int)reader->grammar->n;
	for (int i = SOAP_NODE_ENVELOPE; i < n; i++) {
		const struct soap_row *row = soap_row(reader, i);
		if (row->parent == reader->node && row->name &&
			strcmp(name, row->name) == 0 && is_in_space(uri, row->space))
			return i;
	}
	return SOAP_NODE_NONE;
}

/* ------------------------------------------------------------------ attributes */

bool soap_attribute(const struct soap_attributes *attributes, const char *name, char *out,
	size_t size)
{
	const xmlChar **five = attributes->fives;
	out[0] = '\0';
	for (int i = 0; i < attributes->n; i++, five += 5) {
		size_t length = (size_t)(five[4] - five[3]);
		if (five[2] || strcmp((const char *)five[0], name) != 0)
			continue;
		if (length >= size)
			return false;
		memcpy(out, five[3], length);
		out[length] = '\0';
		return true;
	}
	return false;
}

/* types.xsd ServerVersionInfo; all its attributes are optional. */
static void note_version(
	struct soap_reader *reader, const struct soap_attributes *attributes)
{
	char major[10];
	char minor[10];
	char build[10];
	if (!soap_attribute(attributes, "MajorVersion", major, sizeof major) ||
		!soap_attribute(attributes, "MinorVersion", minor, sizeof minor) ||
		!soap_attribute(attributes, "MajorBuildNumber", build, sizeof build) ||
		!major[0] || !minor[0] || !build[0] ||
		major[strspn(major, "0123456789")] ||
		minor[strspn(minor, "0123456789")] || build[strspn(build, "0123456789")])
		return;
	(void)snprintf(reader->answer->server_version,
		sizeof reader->answer->server_version, "%s.%s.%s", major, minor, build);
}

static void note_value(
	struct soap_reader *reader, const struct soap_attributes *attributes)
{
	char name[32];
	(void)soap_attribute(attributes, "Name", name, sizeof name);
	reader->value = strcmp(name, "BackOffMilliseconds") == 0 ? SOAP_VALUE_BACK_OFF
			: strcmp(name, "InnerErrorResponseCode") == 0
				? SOAP_VALUE_INNER_CODE
				: SOAP_VALUE_OTHER;
}

static void begin_message(
	struct soap_reader *reader, const struct soap_attributes *attributes)
{
	char class[16];
	(void)soap_attribute(attributes, "ResponseClass", class, sizeof class);
	reader->message = (struct soap_message){
		.class = strcmp(class, "Error") == 0     ? SOAP_ERROR
			 : strcmp(class, "Warning") == 0 ? SOAP_WARNING
							 : SOAP_SUCCESS,
		.back_off_ms = -1};
	reader->inner_code[0] = '\0';
}

/* ------------------------------------------------------------------ elements */

static void soap_element_begins(
	struct soap_reader *reader, const struct soap_attributes *attributes)
{
	int node = reader->node;
	enum soap_role role = soap_row(reader, node)->role;
	if (role == SOAP_RESPONSE && reader->answer->kind == SOAP_BROKEN)
		reader->answer->kind = SOAP_ANSWER;
	if (node == SOAP_NODE_FAULT) {
		reader->answer->kind = SOAP_FAULTED;
		reader->fault_code[0] = reader->inner_code[0] = '\0';
		reader->answer->code[0] = reader->answer->text[0] = '\0';
	}
	if (node == SOAP_NODE_SERVER_VERSION)
		note_version(reader, attributes);
	if (node == SOAP_NODE_DETAIL_VALUE || role == SOAP_MESSAGE_VALUE)
		note_value(reader, attributes);
	if (role == SOAP_MESSAGE)
		begin_message(reader, attributes);
	if (node >= SOAP_NODES && reader->grammar->begin)
		reader->grammar->begin(reader->context, reader, node, attributes);
}

/* InternalServerError says nothing; what it hides may be that the server is busy. */
static void uncover(struct soap_reader *reader, char code[64])
{
	if (reader->inner_code[0] && strcmp(code, "ErrorInternalServerError") == 0)
		memcpy(code, reader->inner_code, sizeof reader->inner_code);
}

static void end_value(struct soap_reader *reader, const char *text, size_t n)
{
	int64_t wait_ms;
	if (reader->value == SOAP_VALUE_INNER_CODE)
		line_copy(reader->inner_code, sizeof reader->inner_code, text, n);
	if (reader->value != SOAP_VALUE_BACK_OFF)
		return;
	if (!parse_int64(text, n, 0, INT64_MAX, &wait_ms))
		wait_ms = -1;
	reader->answer->back_off_ms = reader->message.back_off_ms = wait_ms;
}

/* Faults of availability name the code in faultcode alone, others in the detail, too. */
static void end_fault(struct soap_reader *reader)
{
	static const char prefix[] = "Error";
	char *code = reader->answer->code;
	if (!code[0] || strncmp(reader->fault_code, prefix, strlen(prefix)) == 0)
		memcpy(code, reader->fault_code, sizeof reader->fault_code);
	uncover(reader, code);
}

static void end_fault_code(struct soap_reader *reader, const char *text, size_t n)
{
	const char *colon = memchr(text, ':', n);
	size_t skip = colon ? (size_t)(colon - text) + 1 : 0;
	line_copy(reader->fault_code, sizeof reader->fault_code, text + skip, n - skip);
}

static void end_common(
	struct soap_reader *reader, enum soap_node node, const char *text, size_t n)
{
	struct soap_answer *answer = reader->answer;
	if (node == SOAP_NODE_FAULT)
		end_fault(reader);
	else if (node == SOAP_NODE_FAULT_CODE)
		end_fault_code(reader, text, n);
	else if (node == SOAP_NODE_FAULT_STRING)
		line_copy(answer->text, sizeof answer->text, text, n);
	else if (node == SOAP_NODE_DETAIL_CODE)
		line_copy(answer->code, sizeof answer->code, text, n);
	else if (node == SOAP_NODE_DETAIL_VALUE)
		end_value(reader, text, n);
}

/* The parts of a message are known before its end, in whatever order they came. */
static void end_role(
	struct soap_reader *reader, enum soap_role role, const char *text, size_t n)
{
	struct soap_message *message = &reader->message;
	if (role == SOAP_MESSAGE_TEXT)
		line_copy(message->text, sizeof message->text, text, n);
	else if (role == SOAP_MESSAGE_CODE)
		line_copy(message->code, sizeof message->code, text, n);
	else if (role == SOAP_MESSAGE_VALUE)
		end_value(reader, text, n);
	else if (role == SOAP_MESSAGE)
		uncover(reader, message->code);
}

void soap_element_ends(struct soap_reader *reader)
{
	int node = reader->node;
	const char *text = reader->text;
	size_t n = soap_row(reader, node)->role == SOAP_PLAIN ? 0 : reader->text_len;
	parse_trim(&text, &n);
	if (node < SOAP_NODES) {
		end_common(reader, (enum soap_node)node, text, n);
		return;
	}
	end_role(reader, soap_row(reader, node)->role, text, n);
	reader->grammar->end(reader->context, reader, node, text, n);
}

#define HEAD_MAX 4096 // bytes in which a page has to show itself and its title

static bool starts_with(const char *bytes, size_t n, const char *wanted)
{
	size_t length = strlen(wanted);
	return n >= length && strncasecmp(bytes, wanted, length) == 0;
}

/* How many bytes there are up to the end of the first `wanted`; 0 if it is not there. */
static size_t length_through(const char *bytes, size_t n, const char *wanted)
{
	for (size_t i = 0; i < n; i++) {
		if (starts_with(bytes + i, n - i, wanted))
			return i + strlen(wanted);
	}
	return 0;
}

/* The length of what may stand before a page: a byte order mark, white space, an XML
 * declaration, comments. */
static size_t prologue(const char *bytes, size_t n)
{
	size_t i = 0;
	size_t step = 1;
	for (; i < n && step > 0; i += step) {
		unsigned char c = (unsigned char)bytes[i];
		if (starts_with(bytes + i, n - i, "<!--"))
			step = length_through(bytes + i, n - i, "-->");
		else if (starts_with(bytes + i, n - i, "<?"))
			step = length_through(bytes + i, n - i, ">");
		else
			step = c <= ' ' || c >= 0x80;
	}
	return i;
}

/* Whether the bytes are a web page, which servers label as anything: it is known by its
 * first tag. Its title, as one line, tells an administrator which one it is. */
static bool soap_page(const char *bytes, size_t n, char *out_title, size_t size)
{
	n = n < HEAD_MAX ? n : HEAD_MAX;
	size_t start = prologue(bytes, n);
	bytes += start;
	n -= start;
	if (!starts_with(bytes, n, "<!doctype html") && !starts_with(bytes, n, "<html"))
		return false;
	size_t title = length_through(bytes, n, "<title>");
	const char *end = memchr(bytes + title, '<', n - title);
	if (title > 0)
		line_copy(out_title, size, bytes + title,
			end ? (size_t)(end - bytes) - title : n - title);
	return true;
}

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

static struct soap_pass soap_parse(
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

struct soap_message *soap_reader_message(struct soap_reader *reader)
{
	return &reader->message;
}

struct soap_answer *soap_reader_answer(struct soap_reader *reader)
{
	return reader->answer;
}

void soap_reader_refuse(struct soap_reader *reader, const char *why)
{
	reader->refusal = why;
}

void soap_reader_no_memory(struct soap_reader *reader)
{
	reader->no_memory = true;
}

static void restart(struct soap_reader *reader)
{
	*reader->answer = (struct soap_answer){.kind = SOAP_BROKEN, .back_off_ms = -1};
	reader->grammar->restart(reader->context);
}

/* The strict parser first; only what it does not take is copied without the bytes that
 * XML does not allow, and handed to it once more. */
static struct soap_pass parse_twice(
	struct soap_reader *reader, const char *bytes, size_t n)
{
	struct soap_pass pass = soap_parse(reader, bytes, n, false);
	if (pass.whole || reader->refusal || reader->no_memory)
		return pass;
	char *clean = malloc(n);
	if (!clean) {
		reader->no_memory = true;
		return pass;
	}
	bool declared;
	size_t length = soap_clean(bytes, n, clean, &declared);
	if (length > 0) {
		restart(reader);
		pass = soap_parse(reader, clean, length, !declared);
	}
	free(clean);
	return pass;
}

/* Takes away what was read of an answer that is not to be believed, and says why. */
static void break_answer(struct soap_reader *reader, const struct soap_pass *pass)
{
	struct soap_answer *answer = reader->answer;
	bool begun = answer->begun;
	restart(reader);
	answer->begun = begun;
	if (reader->refusal)
		(void)snprintf(answer->text, sizeof answer->text, "%s", reader->refusal);
	else if (!pass->whole)
		(void)snprintf(answer->text, sizeof answer->text,
			"the answer is cut off or no XML (line %d, libxml2 error %d)",
			pass->line, pass->error);
	else
		(void)snprintf(answer->text, sizeof answer->text,
			"the answer is no %s but <%s>", reader->grammar->response,
			reader->stray[0] ? reader->stray : "Envelope");
}

/* Whether an element has more attributes than any of Exchange: libxml2 compares each with
 * all before it, for seconds where there are thousands. What is between the quotes of a
 * tag counts as one. */
static bool is_crowded(const char *bytes, size_t n)
{
	unsigned values = 0;
	char quote = '\0';
	bool in_tag = false;
	for (size_t i = 0; i < n; i++) {
		char c = bytes[i];
		if (!in_tag) {
			in_tag = c == '<' && i + 1 < n && !strchr("!?/", bytes[i + 1]);
			values = 0;
		} else if (quote) {
			quote = c == quote ? '\0' : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
			if (++values > EWS_XML_ATTRIBUTES_MAX)
				return true;
		} else {
			in_tag = c != '>';
		}
	}
	return false;
}

static void read_into(struct soap_reader *reader, const char *bytes, size_t n)
{
	struct soap_answer *answer = reader->answer;
	struct soap_pass pass = {0};
	restart(reader);
	if (n == 0)
		reader->refusal = "the answer is empty";
	else if (n > GATEWAY_BODY_MAX)
		reader->refusal = "the answer is too big";
	else if (soap_page(bytes, n, answer->text, sizeof answer->text))
		answer->kind = SOAP_HTML;
	else if (is_crowded(bytes, n))
		reader->refusal = "an element of the answer has too many attributes";
	else
		pass = parse_twice(reader, bytes, n);
	if (answer->kind != SOAP_HTML &&
		(reader->refusal || !pass.whole || answer->kind == SOAP_BROKEN))
		break_answer(reader, &pass);
	else if (answer->kind == SOAP_FAULTED)
		reader->grammar->restart(reader->context);
}

int soap_read(const char *bytes, size_t n, const struct soap_grammar *grammar,
	void *context, struct soap_answer *out_answer)
{
	struct soap_reader *reader = calloc(1, sizeof *reader);
	if (!reader)
		return -1;
	reader->grammar = grammar;
	reader->context = context;
	reader->answer = out_answer;
	read_into(reader, bytes, n);
	bool failed = reader->no_memory;
	free(reader);
	if (failed)
		grammar->restart(context);
	return failed ? -1 : 0;
}
