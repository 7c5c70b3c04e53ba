#include "ews/soap/soap_read.h"

#include "ews/limits.h"
#include "ews/soap/soap_clean.h"
#include "ews/soap/soap_page.h"
#include "ews/soap/soap_reader.h"
#include "gateway/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
