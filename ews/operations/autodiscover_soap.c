#include "ews/operations/autodiscover.h"

#include "base/line.h"
#include "ews/soap/soap_read.h"

#include <stdio.h>
#include <string.h>

#define SPACE "http://schemas.microsoft.com/exchange/2010/Autodiscover"

void autodiscover_write_soap(struct buf *buf, const char *address, const char *url)
{
	buf_puts(buf, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
		      "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\""
		      " xmlns:a=\"" SPACE "\""
		      " xmlns:w=\"http://www.w3.org/2005/08/addressing\"><s:Header>"
		      "<a:RequestedServerVersion>Exchange2010</a:RequestedServerVersion>"
		      "<w:Action>" AUTODISCOVER_SOAP_ACTION "</w:Action><w:To>");
	buf_put_xml(buf, url);
	buf_puts(buf, "</w:To></s:Header><s:Body><a:GetUserSettingsRequestMessage>"
		      "<a:Request><a:Users><a:User><a:Mailbox>");
	buf_put_xml(buf, address);
	buf_puts(buf, "</a:Mailbox></a:User></a:Users><a:RequestedSettings>"
		      "<a:Setting>ExternalEwsUrl</a:Setting>"
		      "<a:Setting>InternalEwsUrl</a:Setting></a:RequestedSettings>"
		      "</a:Request></a:GetUserSettingsRequestMessage></s:Body>"
		      "</s:Envelope>");
}

enum node {
	NODE_MESSAGE = SOAP_NODES,
	NODE_RESPONSE,
	NODE_CODE,
	NODE_TEXT,
	NODE_USERS,
	NODE_USER,
	NODE_USER_CODE,
	NODE_USER_TEXT,
	NODE_TARGET,
	NODE_SETTINGS,
	NODE_SETTING,
	NODE_NAME,
	NODE_VALUE,
	NODES,
};

/* MS-OXWSADISC section 3.1.4.2; UserSettingErrors say only what is missing. */
static const struct soap_row rows[NODES] = {
	SOAP_ROW(NODE_MESSAGE, SOAP_NODE_BODY, AUTODISCOVER,
		"GetUserSettingsResponseMessage", RESPONSE),
	SOAP_ROW(NODE_RESPONSE, NODE_MESSAGE, AUTODISCOVER, "Response", PLAIN),
	SOAP_ROW(NODE_CODE, NODE_RESPONSE, AUTODISCOVER, "ErrorCode", TEXT),
	SOAP_ROW(NODE_TEXT, NODE_RESPONSE, AUTODISCOVER, "ErrorMessage", TEXT),
	SOAP_ROW(NODE_USERS, NODE_RESPONSE, AUTODISCOVER, "UserResponses", PLAIN),
	SOAP_ROW(NODE_USER, NODE_USERS, AUTODISCOVER, "UserResponse", PLAIN),
	SOAP_ROW(NODE_USER_CODE, NODE_USER, AUTODISCOVER, "ErrorCode", TEXT),
	SOAP_ROW(NODE_USER_TEXT, NODE_USER, AUTODISCOVER, "ErrorMessage", TEXT),
	SOAP_ROW(NODE_TARGET, NODE_USER, AUTODISCOVER, "RedirectTarget", TEXT),
	SOAP_ROW(NODE_SETTINGS, NODE_USER, AUTODISCOVER, "UserSettings", PLAIN),
	SOAP_ROW(NODE_SETTING, NODE_SETTINGS, AUTODISCOVER, "UserSetting", PLAIN),
	SOAP_ROW(NODE_NAME, NODE_SETTING, AUTODISCOVER, "Name", TEXT),
	SOAP_ROW(NODE_VALUE, NODE_SETTING, AUTODISCOVER, "Value", TEXT),
};

/* What is collected: we asked for one user, which is the first in the answer. */
struct user {
	unsigned n;    // users that have begun
	char code[32]; // the user's, else the whole answer's
	char text[256];
	char target[AUTODISCOVER_URL_SIZE];
	char name[32]; // of the setting
	char value[AUTODISCOVER_URL_SIZE];
	char urls[2][AUTODISCOVER_URL_SIZE];
};

static void restart(void *context)
{
	*(struct user *)context = (struct user){0};
}

static void begin(void *context, struct soap_reader *reader, int node,
	const struct soap_attributes *attributes)
{
	struct user *user = context;
	(void)reader;
	(void)attributes;
	user->n += node == NODE_USER;
}

static void end_setting(struct user *user)
{
	static const char *const names[] = {"ExternalEwsUrl", "InternalEwsUrl"};

	for (size_t i = 0; i < 2; i++)
		if (strcmp(user->name, names[i]) == 0)
			memcpy(user->urls[i], user->value, sizeof user->value);
	user->name[0] = user->value[0] = '\0';
}

/* The outer code comes first, and that of the user counts where the outer one is good. */
static void end_code(struct user *user, const char *text, size_t n)
{
	if (!user->code[0] || strcmp(user->code, "NoError") == 0)
		line_copy(user->code, sizeof user->code, text, n);
}

static void end(
	void *context, struct soap_reader *reader, int node, const char *text, size_t n)
{
	struct user *user = context;
	(void)reader;
	if (user->n > 1)
		return;
	if (node == NODE_CODE || node == NODE_USER_CODE)
		end_code(user, text, n);
	else if ((node == NODE_TEXT || node == NODE_USER_TEXT) && n > 0)
		line_copy(user->text, sizeof user->text, text, n);
	else if (node == NODE_TARGET)
		autodiscover_keep(user->target, text, n);
	else if (node == NODE_NAME)
		line_copy(user->name, sizeof user->name, text, n);
	else if (node == NODE_VALUE)
		autodiscover_keep(user->value, text, n);
	else if (node == NODE_SETTING)
		end_setting(user);
}

static enum autodiscover_kind kind_of(const struct user *user)
{
	static const struct {
		const char *code;
		enum autodiscover_kind kind;
	} kinds[] = {
		{"RedirectAddress", AUTODISCOVER_REDIRECT_ADDRESS},
		{"RedirectUrl", AUTODISCOVER_REDIRECT_URL},
		{"InvalidUser", AUTODISCOVER_UNKNOWN},
		{"ServerBusy", AUTODISCOVER_BUSY},
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(user->code, kinds[i].code) == 0)
			return kinds[i].kind;
	return strcmp(user->code, "NoError") == 0 &&
			       (user->urls[0][0] || user->urls[1][0])
		       ? AUTODISCOVER_FOUND
		       : AUTODISCOVER_NOTHING;
}

static void conclude(const struct user *user, struct autodiscover_answer *answer)
{
	answer->kind = kind_of(user);
	if (answer->kind == AUTODISCOVER_FOUND)
		memcpy(answer->urls, user->urls, sizeof answer->urls);
	else
		memcpy(answer->urls[0], user->target, sizeof answer->urls[0]);
	(void)snprintf(answer->text, sizeof answer->text, "%s%s%.200s", user->code,
		user->text[0] ? ": " : "", user->text);
}

int autodiscover_read_soap(
	const char *bytes, size_t n, struct autodiscover_answer *out_answer)
{
	static const struct soap_grammar grammar = {
		.response = "GetUserSettingsResponseMessage",
		.rows = rows,
		.n = NODES,
		.restart = restart,
		.begin = begin,
		.end = end,
	};
	struct user user = {0};
	struct soap_answer soap;
	if (soap_read(bytes, n, &grammar, &user, &soap))
		return -1;
	*out_answer = (struct autodiscover_answer){.kind = AUTODISCOVER_NOTHING};
	if (soap.kind == SOAP_ANSWER)
		conclude(&user, out_answer);
	else
		memcpy(out_answer->text, soap.text, sizeof out_answer->text);
	return 0;
}
