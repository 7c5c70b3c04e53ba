#include "ews/operations/oof_settings.h"

#include "base/datetime.h"
#include "base/parse.h"
#include "ews/soap/soap_read.h"

#include <string.h>

/* types.xsd EmailAddress, as in free/busy: another Mailbox than that of all other
 * operations, which has an EmailAddress inside. */
void oof_settings_write(
	struct buf *buf, const struct soap_envelope *envelope, const char *address)
{
	soap_begin(buf, envelope);
	buf_puts(buf, "<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>");
	buf_put_xml(buf, address);
	buf_puts(buf, "</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>");
	soap_end(buf);
}

/* messages.xsd GetUserOofSettingsResponse */
enum {
	NODE_RESPONSE = SOAP_NODES,
	NODE_MESSAGE,
	NODE_MESSAGE_TEXT,
	NODE_MESSAGE_CODE,
	NODE_MESSAGE_XML,
	NODE_MESSAGE_VALUE,
	NODE_SETTINGS,
	NODE_STATE,
	NODE_DURATION,
	NODE_START,
	NODE_END,
};

static const struct soap_row rows[] = {
	SOAP_ROW(NODE_RESPONSE, SOAP_NODE_BODY, MESSAGES, "GetUserOofSettingsResponse",
		RESPONSE),
	SOAP_ROW(NODE_MESSAGE, NODE_RESPONSE, MESSAGES, "ResponseMessage", MESSAGE),
	SOAP_MESSAGE_ROWS(NODE_MESSAGE),
	SOAP_ROW(NODE_SETTINGS, NODE_RESPONSE, TYPES, "OofSettings", PLAIN),
	SOAP_ROW(NODE_STATE, NODE_SETTINGS, TYPES, "OofState", TEXT),
	SOAP_ROW(NODE_DURATION, NODE_SETTINGS, TYPES, "Duration", PLAIN),
	SOAP_ROW(NODE_START, NODE_DURATION, TYPES, "StartTime", TEXT),
	SOAP_ROW(NODE_END, NODE_DURATION, TYPES, "EndTime", TEXT),
};

enum state {
	STATE_UNKNOWN,
	STATE_DISABLED,
	STATE_ENABLED,
	STATE_SCHEDULED,
};

struct collect {
	struct oof_settings *answer; // borrowed
	enum state state;
	bool has_start;
	bool has_end;
	int64_t start;
	int64_t end;
};

static void restart(void *context)
{
	struct collect *collect = context;
	struct oof_settings *answer = collect->answer;
	*collect = (struct collect){.answer = answer};
	answer->code[0] = answer->text[0] = '\0';
	answer->known = false;
	answer->from = answer->to = 0;
}

static enum state state_of(const char *text, size_t n)
{
	static const char *const names[] = {
		[STATE_DISABLED] = "Disabled",
		[STATE_ENABLED] = "Enabled",
		[STATE_SCHEDULED] = "Scheduled",
	};
	for (enum state state = STATE_DISABLED; state <= STATE_SCHEDULED; state++) {
		if (parse_is(text, n, names[state]))
			return state;
	}
	return STATE_UNKNOWN;
}

/* A duration stays behind in settings that are off, or on without an end. */
static void end_response(const struct collect *collect)
{
	struct oof_settings *answer = collect->answer;
	bool scheduled = collect->state == STATE_SCHEDULED;
	answer->known = collect->state != STATE_UNKNOWN &&
			(!scheduled || (collect->has_start && collect->has_end));
	if (!answer->known || answer->code[0])
		return;
	if (collect->state == STATE_ENABLED) {
		answer->from = GATEWAY_TIME_MIN;
		answer->to = GATEWAY_TIME_MAX;
	} else if (scheduled && collect->start < collect->end) {
		answer->from = collect->start;
		answer->to = collect->end;
	}
}

static void end_message(struct oof_settings *answer, const struct soap_message *message)
{
	if (message->class != SOAP_ERROR)
		return;
	memcpy(answer->code, message->code, sizeof answer->code);
	memcpy(answer->text, message->text, sizeof answer->text);
}

static void end(
	void *context, struct soap_reader *reader, int node, const char *text, size_t n)
{
	struct collect *collect = context;
	if (node == NODE_MESSAGE)
		end_message(collect->answer, soap_reader_message(reader));
	else if (node == NODE_STATE)
		collect->state = state_of(text, n);
	else if (node == NODE_START)
		collect->has_start = datetime_parse(text, n, &collect->start);
	else if (node == NODE_END)
		collect->has_end = datetime_parse(text, n, &collect->end);
	else if (node == NODE_RESPONSE)
		end_response(collect);
}

int oof_settings_read(const char *bytes, size_t n, struct oof_settings *out_answer)
{
	static const struct soap_grammar grammar = {
		.response = "GetUserOofSettingsResponse",
		.rows = rows,
		.n = sizeof rows / sizeof *rows,
		.restart = restart,
		.end = end,
	};
	struct collect collect = {.answer = out_answer};
	return soap_read(bytes, n, &grammar, &collect, &out_answer->soap);
}

/* It has no response code but a number that says nothing. */
bool oof_settings_is_refusal(const struct soap_answer *answer)
{
	return answer->kind == SOAP_FAULTED &&
	       strncmp(answer->code, "Error", strlen("Error")) != 0 &&
	       strstr(answer->text, "AccessDeniedException");
}
