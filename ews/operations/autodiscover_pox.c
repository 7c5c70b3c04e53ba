#include "ews/operations/autodiscover.h"

#include "base/line.h"
#include "base/parse.h"
#include "ews/soap/soap_read.h"

#include <stdio.h>
#include <string.h>

#define REQUEST_SPACE                                                 \
	"http://schemas.microsoft.com/exchange/autodiscover/outlook/" \
	"requestschema/2006"

void autodiscover_write_pox(struct buf *buf, const char *address)
{
	buf_puts(buf,
		"<?xml version=\"1.0\" encoding=\"utf-8\"?>"
		"<Autodiscover xmlns=\"" REQUEST_SPACE "\"><Request><EMailAddress>");
	buf_put_xml(buf, address);
	buf_puts(buf, "</EMailAddress><AcceptableResponseSchema>" AUTODISCOVER_POX_SPACE
		      "</AcceptableResponseSchema></Request></Autodiscover>");
}

enum node {
	NODE_ROOT = SOAP_NODES,
	NODE_RESPONSE,
	NODE_ACCOUNT,
	NODE_ACTION,
	NODE_REDIRECT_ADDRESS,
	NODE_REDIRECT_URL,
	NODE_PROTOCOL,
	NODE_TYPE,
	NODE_EWS_URL,
	NODE_AS_URL,
	NODE_REFUSAL,
	NODE_ERROR,
	NODE_ERROR_CODE,
	NODE_ERROR_TEXT,
	NODES,
};

/* Response is of one schema where it answers and of the other where it refuses. */
static const struct soap_row rows[NODES] = {
	SOAP_ROW(NODE_ROOT, SOAP_NODE_NONE, POX, "Autodiscover", RESPONSE),
	SOAP_ROW(NODE_RESPONSE, NODE_ROOT, POX_OUTLOOK, "Response", PLAIN),
	SOAP_ROW(NODE_ACCOUNT, NODE_RESPONSE, POX_OUTLOOK, "Account", PLAIN),
	SOAP_ROW(NODE_ACTION, NODE_ACCOUNT, POX_OUTLOOK, "Action", TEXT),
	SOAP_ROW(NODE_REDIRECT_ADDRESS, NODE_ACCOUNT, POX_OUTLOOK, "RedirectAddr", TEXT),
	SOAP_ROW(NODE_REDIRECT_URL, NODE_ACCOUNT, POX_OUTLOOK, "RedirectUrl", TEXT),
	SOAP_ROW(NODE_PROTOCOL, NODE_ACCOUNT, POX_OUTLOOK, "Protocol", PLAIN),
	SOAP_ROW(NODE_TYPE, NODE_PROTOCOL, POX_OUTLOOK, "Type", TEXT),
	SOAP_ROW(NODE_EWS_URL, NODE_PROTOCOL, POX_OUTLOOK, "EwsUrl", TEXT),
	SOAP_ROW(NODE_AS_URL, NODE_PROTOCOL, POX_OUTLOOK, "ASUrl", TEXT),
	SOAP_ROW(NODE_REFUSAL, NODE_ROOT, POX, "Response", PLAIN),
	SOAP_ROW(NODE_ERROR, NODE_REFUSAL, POX, "Error", PLAIN),
	SOAP_ROW(NODE_ERROR_CODE, NODE_ERROR, POX, "ErrorCode", TEXT),
	SOAP_ROW(NODE_ERROR_TEXT, NODE_ERROR, POX, "Message", TEXT),
};

/* Ways to the mailbox, the best one for us last. */
enum way { WAY_NONE, WAY_OTHER, WAY_EXCH, WAY_EXHTTP, WAY_EXPR };

struct account {
	char action[32];
	char address[AUTODISCOVER_URL_SIZE];
	char url[AUTODISCOVER_URL_SIZE];
	enum way way; // of the Protocol that is being read
	char ews_url[AUTODISCOVER_URL_SIZE];
	char as_url[AUTODISCOVER_URL_SIZE];
	enum way outside; // of urls[0]
	char urls[2][AUTODISCOVER_URL_SIZE];
	char error[16];
	char text[256];
};

static void restart(void *context)
{
	*(struct account *)context = (struct account){0};
}

static void begin(void *context, struct soap_reader *reader, int node,
	const struct soap_attributes *attributes)
{
	struct account *account = context;
	(void)reader;
	(void)attributes;
	if (node != NODE_PROTOCOL)
		return;
	account->way = WAY_NONE;
	account->ews_url[0] = account->as_url[0] = '\0';
}

static enum way way_of(const char *type, size_t n)
{
	static const char *const names[] = {
		[WAY_EXCH] = "EXCH", [WAY_EXHTTP] = "EXHTTP", [WAY_EXPR] = "EXPR"};

	for (enum way way = WAY_EXCH; way <= WAY_EXPR; way++)
		if (parse_is(type, n, names[way]))
			return way;
	return WAY_OTHER;
}

/* EXCH is the way for clients inside, the others are for those outside. */
static void end_protocol(struct account *account)
{
	const char *url = account->ews_url[0] ? account->ews_url : account->as_url;

	if (!url[0])
		return;
	if (account->way == WAY_EXCH && !account->urls[1][0]) {
		memcpy(account->urls[1], url, sizeof account->urls[1]);
	} else if (account->way > WAY_EXCH && account->way > account->outside) {
		memcpy(account->urls[0], url, sizeof account->urls[0]);
		account->outside = account->way;
	}
}

static void end(
	void *context, struct soap_reader *reader, int node, const char *text, size_t n)
{
	struct account *account = context;
	(void)reader;
	if (node == NODE_ACTION)
		line_copy(account->action, sizeof account->action, text, n);
	else if (node == NODE_REDIRECT_ADDRESS)
		autodiscover_keep(account->address, text, n);
	else if (node == NODE_REDIRECT_URL)
		autodiscover_keep(account->url, text, n);
	else if (node == NODE_TYPE)
		account->way = way_of(text, n);
	else if (node == NODE_EWS_URL)
		autodiscover_keep(account->ews_url, text, n);
	else if (node == NODE_AS_URL)
		autodiscover_keep(account->as_url, text, n);
	else if (node == NODE_PROTOCOL)
		end_protocol(account);
	else if (node == NODE_ERROR_CODE)
		line_copy(account->error, sizeof account->error, text, n);
	else if (node == NODE_ERROR_TEXT)
		line_copy(account->text, sizeof account->text, text, n);
}

static void conclude(const struct account *account, struct autodiscover_answer *answer)
{
	if (account->error[0]) {
		/* 500: the address is not known; 600 and more: the request is wrong. */
		answer->kind = strcmp(account->error, "500") == 0 ? AUTODISCOVER_UNKNOWN
								  : AUTODISCOVER_NOTHING;
		(void)snprintf(answer->text, sizeof answer->text, "error %s%s%.200s",
			account->error, account->text[0] ? ": " : "", account->text);
	} else if (strcmp(account->action, "redirectAddr") == 0) {
		answer->kind = AUTODISCOVER_REDIRECT_ADDRESS;
		memcpy(answer->urls[0], account->address, sizeof answer->urls[0]);
	} else if (strcmp(account->action, "redirectUrl") == 0) {
		answer->kind = AUTODISCOVER_REDIRECT_URL;
		memcpy(answer->urls[0], account->url, sizeof answer->urls[0]);
	} else if (account->urls[0][0] || account->urls[1][0]) {
		answer->kind = AUTODISCOVER_FOUND;
		memcpy(answer->urls, account->urls, sizeof answer->urls);
	}
}

int autodiscover_read_pox(
	const char *bytes, size_t n, struct autodiscover_answer *out_answer)
{
	static const struct soap_grammar grammar = {
		.response = "Autodiscover",
		.rows = rows,
		.n = NODES,
		.restart = restart,
		.begin = begin,
		.end = end,
	};
	struct account account = {0};
	struct soap_answer soap;
	if (soap_read(bytes, n, &grammar, &account, &soap))
		return -1;
	*out_answer = (struct autodiscover_answer){.kind = AUTODISCOVER_NOTHING};
	if (soap.kind == SOAP_ANSWER)
		conclude(&account, out_answer);
	else
		memcpy(out_answer->text, soap.text, sizeof out_answer->text);
	return 0;
}
