#ifndef TESTS_UNIT_EWS_AUTOMATIC_REPLIES_BENCH_H
#define TESTS_UNIT_EWS_AUTOMATIC_REPLIES_BENCH_H

#include "ews/calendar/automatic_replies.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A reader of automatic replies whose time and answers the test makes. */

#define UTC INT64_C(1800000000)
#define INTERVAL_S 1800
#define HEAD                                                                      \
	"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'"         \
	" xmlns:m='http://schemas.microsoft.com/exchange/services/2006/messages'" \
	" xmlns:t='http://schemas.microsoft.com/exchange/services/2006/types'><s:Body>"
#define TAIL "</s:Body></s:Envelope>"
#define FAULT(code)                                                               \
	HEAD "<s:Fault><faultcode>s:Client</faultcode><faultstring>no"            \
	     "</faultstring><detail><e:ResponseCode xmlns:e="                     \
	     "'http://schemas.microsoft.com/exchange/services/2006/errors'>" code \
	     "</e:ResponseCode></detail></s:Fault>" TAIL
#define NOT_OWNER                                                      \
	HEAD "<s:Fault><faultcode>s:Client</faultcode><faultstring>"   \
	     "Microsoft.Exchange.Data.Storage.AccessDeniedException: " \
	     "User is not mailbox owner.</faultstring></s:Fault>" TAIL
#define SETTINGS(state)                                                         \
	HEAD "<m:GetUserOofSettingsResponse><m:ResponseMessage "                \
	     "ResponseClass='Success'><m:ResponseCode>NoError</m:ResponseCode>" \
	     "</m:ResponseMessage><t:OofSettings><t:OofState>" state            \
	     "</t:OofState><t:Duration><t:StartTime>2027-01-15T09:00:00"        \
	     "</t:StartTime><t:EndTime>2027-01-15T10:00:00</t:EndTime>"         \
	     "</t:Duration></t:OofSettings></m:GetUserOofSettingsResponse>" TAIL
#define TIPS(inside)                                                           \
	HEAD "<m:GetMailTipsResponse ResponseClass='Success'><m:ResponseCode>" \
	     "NoError</m:ResponseCode><m:ResponseMessages>" inside             \
	     "</m:ResponseMessages></m:GetMailTipsResponse>" TAIL
#define TIP(inside)                                                               \
	"<m:MailTipsResponseMessageType ResponseClass='Success'><m:ResponseCode>" \
	"NoError</m:ResponseCode><m:MailTips>" inside                             \
	"</m:MailTips></m:MailTipsResponseMessageType>"
#define ON(duration)                                                          \
	TIP("<t:PendingMailTips/><t:OutOfOffice><t:ReplyBody><t:Message>Gone" \
	    "</t:Message></t:ReplyBody>" duration "</t:OutOfOffice>")
#define OFF                                                                \
	TIP("<t:PendingMailTips/><t:OutOfOffice><t:ReplyBody><t:Message/>" \
	    "</t:ReplyBody></t:OutOfOffice>")
#define PENDING TIP("<t:PendingMailTips>OutOfOfficeMessage</t:PendingMailTips>")
#define REFUSED                                                              \
	HEAD "<m:GetMailTipsResponse ResponseClass='Error'><m:ResponseCode>" \
	     "ErrorMailTipsDisabled</m:ResponseCode></m:GetMailTipsResponse>" TAIL

struct bench {
	struct mailboxes mailboxes;
	struct automatic_replies replies;
	struct now now;
	struct buf body;
	struct request request;
	char anchor[64];
	size_t n; // replies heard
	struct gateway_oof last;
	struct state state; // what it hints
};

void bench_begin(struct bench *bench, bool impersonate);
/* Nobody wants to know of automatic replies. */
void bench_begin_off(struct bench *bench);
void bench_end(struct bench *bench);
/* p<id>@example.com; replies_read as in struct gateway_watch. */
void bench_watch(struct bench *bench, uint32_t id, int64_t replies_read);
int64_t bench_due(const struct bench *bench);
void bench_pass(struct bench *bench, int64_t ms);
/* Its next request, if there is one now. */
bool bench_ask(struct bench *bench);
/* Passes the time until it asks. */
void bench_wait(struct bench *bench);
struct outcome bench_answer(struct bench *bench, long status, const char *text);
size_t bench_count(const char *text, const char *part);

#endif
