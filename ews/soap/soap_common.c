#include "base/parse.h"

#include "base/line.h"
#include "ews/soap/soap_reader.h"

#include <string.h>

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

const struct soap_row *soap_row(const struct soap_reader *reader, int node)
{
	return node < SOAP_NODES ? &rows[node]
				 : &reader->grammar->rows[node - SOAP_NODES];
}

static bool is_in_space(const char *uri, enum soap_space space)
{
	if (space == SOAP_SPACE_ANY)
		return true;
	if (space == SOAP_SPACE_NONE)
		return !uri;
	return uri && strcmp(uri, spaces[space]) == 0;
}

int soap_child(const struct soap_reader *reader, const char *uri, const char *name)
{
	int n = SOAP_NODES + (int)reader->grammar->n;
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

void soap_element_begins(
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
