#include "exchange/play.h"

#include "exchange/operation.h"
#include "exchange/pour.h"
#include "exchange/soap.h"

#include <stdio.h>
#include <string.h>

#define XML_TYPE "text/xml; charset=utf-8"
#define HTML_TYPE "text/html; charset=utf-8"

#define LOGON_PAGE                                                             \
	"<!DOCTYPE html>\n<html><head><title>Outlook</title></head><body>"     \
	"<form action=\"/owa/auth.owa\" method=\"POST\" name=\"logonForm\">"   \
	"<input name=\"username\"><input name=\"password\" type=\"password\">" \
	"<br>&nbsp;Sign in</form></body></html>"
#define ASP_PAGE                                                               \
	"<!DOCTYPE html><html><head><title>Runtime Error</title></head><body>" \
	"<H1>Server Error in '/EWS' Application.<hr></H1></body></html>"

/* Twenty million letters, if somebody expands it. */
#define LAUGHS                                                                          \
	"<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">" \
	"<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">"                                \
	"<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">"                                \
	"<!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;\">"                                \
	"<!ENTITY f \"&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;\">"                                \
	"<!ENTITY g \"&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;\">"                                \
	"<!ENTITY h \"&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;\">]>"

static enum MHD_Result reply_text(
	struct visit *visit, const struct visit_reply *reply, const char *text)
{
	struct buf body;

	buf_init(&body, VISIT_MAX_ANSWER);
	buf_puts(&body, text);
	return visit_reply(visit, reply, &body);
}

enum MHD_Result play_unauthorized(struct visit *visit)
{
	return reply_text(visit,
		&(struct visit_reply){
			.status = 401,
			.headers = {{"WWW-Authenticate", "Negotiate"},
				{"WWW-Authenticate", "NTLM"},
				{"WWW-Authenticate", "Basic realm=\"localhost\""},
				{visit->has_token ? "x-ms-diagnostics" : NULL,
					"2000003;reason=\"The token is not good.\";"
					"error_category=\"invalid_token\""}},
		},
		"");
}

/* Returns its HTTP status. */
static unsigned put_fault(
	struct visit *visit, const struct soap_fault *fault, struct buf *out)
{
	if (visit->sim->is_unfriendly) {
		visit->deviates = true;
		soap_put_gromox_fault(out, fault);
		return 200;
	}
	soap_put_fault(out, fault);
	return 500;
}

static enum MHD_Result reply_soap_fault(
	struct visit *visit, const struct soap_fault *fault)
{
	struct visit_reply reply = {.type = XML_TYPE};
	struct buf body;

	buf_init(&body, VISIT_MAX_ANSWER);
	reply.status = put_fault(visit, fault, &body);
	if (!visit->deviates)
		visit_check(visit->sim, &body);
	return visit_reply(visit, &reply, &body);
}

static enum MHD_Result play_soap_fault(struct visit *visit, const struct fault *fault)
{
	struct soap_fault soap;
	bool is_busy = strcmp(fault->code, "ErrorServerBusy") == 0;

	(void)soap_refuse(&soap, fault->code, 0, "%s",
		is_busy ? "The server cannot service this request right now. Try again "
			  "later."
			: "An internal server error occurred. The operation failed.");
	if (fault->backoff[0] != '\0')
		soap.backoff = fault->backoff;
	return reply_soap_fault(visit, &soap);
}

static enum MHD_Result play_status(struct visit *visit, const struct fault *fault)
{
	struct visit_reply reply = {.status = fault->status, .type = HTML_TYPE};
	char text[64];
	size_t n = 0;

	if (fault->status == 401)
		return play_unauthorized(visit);
	if (fault->retry_after[0] != '\0') {
		reply.headers[n][0] = "Retry-After";
		reply.headers[n++][1] = fault->retry_after;
	}
	if (fault->location[0] != '\0') {
		reply.headers[n][0] = "Location";
		reply.headers[n++][1] = fault->location;
	}
	if (fault->diagnostics[0] != '\0') {
		reply.headers[n][0] = "x-ms-diagnostics";
		reply.headers[n][1] = fault->diagnostics;
	}
	(void)snprintf(text, sizeof text, "<html><body>%u</body></html>", fault->status);
	return reply_text(visit, &reply, text);
}

/* The good answer, but for what the twist says. A refused request is refused all the
 * same; then out_reply has the status of a fault. */
static void put_answer(struct visit *visit, const struct twist *twist,
	struct visit_reply *out_reply, struct buf *out_body)
{
	const struct twist none = {0};

	*out_reply = (struct visit_reply){.status = 200, .type = XML_TYPE};
	buf_init(out_body, VISIT_MAX_ANSWER);
	if (visit->refusal.code != NULL) {
		out_reply->status = put_fault(visit, &visit->refusal, out_body);
	} else if (visit->sim->is_unfriendly) {
		soap_open_gromox(out_body);
		visit->operation->put(visit, twist != NULL ? twist : &none, out_body);
		soap_close_gromox(out_body);
	} else {
		soap_open(out_body, twist != NULL ? twist->prolog : NULL);
		visit->operation->put(visit, twist != NULL ? twist : &none, out_body);
		soap_close(out_body);
	}
	if (twist == NULL && !visit->deviates)
		visit_check(visit->sim, out_body);
}

static enum MHD_Result play_good(struct visit *visit)
{
	struct visit_reply reply;
	struct buf body;

	if (visit->refusal.code == NULL && visit->operation->reply != NULL)
		return visit->operation->reply(visit);
	put_answer(visit, NULL, &reply, &body);
	visit->succeeded = visit->refusal.code == NULL;
	return visit_reply(visit, &reply, &body);
}

static enum MHD_Result play_twisted(struct visit *visit, const struct twist *twist)
{
	struct visit_reply reply;
	struct buf body;

	put_answer(visit, twist, &reply, &body);
	return visit_reply(visit, &reply, &body);
}

static enum MHD_Result play_gzip_declared(struct visit *visit)
{
	struct visit_reply reply;
	struct buf body;

	put_answer(visit, NULL, &reply, &body);
	reply.headers[0][0] = "Content-Encoding";
	reply.headers[0][1] = "gzip";
	return visit_reply(visit, &reply, &body);
}

static enum MHD_Result play_pour(struct visit *visit, const struct fault *fault)
{
	struct pour pour = {.visit = visit};
	struct visit_reply reply;

	put_answer(visit, NULL, &reply, &pour.text);
	pour.total = pour.text.len;
	pour.end = fault->kind == FAULT_CUT ? pour.total / 2 : pour.total;
	if (fault->kind == FAULT_OVERSIZED && (uint64_t)fault->bytes > pour.total) {
		pour.total = (uint64_t)fault->bytes;
		pour.end = pour.total;
	}
	if (fault->kind == FAULT_DRIP) {
		pour.step = (uint64_t)fault->bytes;
		pour.delay_ms = fault->delay_ms;
		visit->succeeded = visit->refusal.code == NULL;
	}
	return pour_reply(&pour, &reply);
}

enum MHD_Result play(struct visit *visit)
{
	const struct fault *fault = &visit->fault;

	switch (fault->kind) {
	case FAULT_NONE:
	case FAULT_SLOW:
		return play_good(visit);
	case FAULT_STATUS:
		return play_status(visit, fault);
	case FAULT_SOAP:
		return play_soap_fault(visit, fault);
	case FAULT_HTML:
		return reply_text(visit,
			&(struct visit_reply){.status = 200, .type = HTML_TYPE},
			LOGON_PAGE);
	case FAULT_ASP:
		return reply_text(visit,
			&(struct visit_reply){.status = 500, .type = HTML_TYPE},
			ASP_PAGE);
	case FAULT_EMPTY:
		return reply_text(visit,
			&(struct visit_reply){.status = 500, .type = XML_TYPE}, "");
	case FAULT_GARBAGE:
		return reply_text(visit,
			&(struct visit_reply){.status = 200, .type = XML_TYPE},
			"\x16\x03\x01<<&\xff\xfe not XML");
	case FAULT_CUT:
	case FAULT_DRIP:
	case FAULT_OVERSIZED:
		return play_pour(visit, fault);
	case FAULT_HANG:
	case FAULT_DROP:
		return MHD_NO;
	case FAULT_WRONG_COUNT:
		return play_twisted(visit, &(struct twist){.leave_out = 1});
	case FAULT_INVALID_CHARS:
		return play_twisted(
			visit, &(struct twist){.message = "&#x1F;&#x0;&#xFFFE;"});
	case FAULT_LAUGHS:
		return play_twisted(
			visit, &(struct twist){.prolog = LAUGHS, .message = "&h;"});
	case FAULT_GZIP_DECLARED:
		return play_gzip_declared(visit);
	}
	return MHD_NO;
}
