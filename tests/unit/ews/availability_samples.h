#ifndef TESTS_UNIT_EWS_AVAILABILITY_SAMPLES_H
#define TESTS_UNIT_EWS_AVAILABILITY_SAMPLES_H

#include "ews/operations/availability.h"

/* Answers as text, put together of their parts. */

#define FROM INT64_C(1772409600) // 2026-03-02T00:00:00Z
#define TO (FROM + 86400)
#define NINE (FROM + 9 * 3600)

#define TYPES "http://schemas.microsoft.com/exchange/services/2006/types"
#define OPEN                                                                        \
	"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' "          \
	"xmlns:t='" TYPES                                                           \
	"' xmlns:m='http://schemas.microsoft.com/exchange/services/2006/messages' " \
	"xmlns:e='http://schemas.microsoft.com/exchange/services/2006/"             \
	"errors'><s:Header>"                                                        \
	"<t:ServerVersionInfo MajorVersion='15' MinorVersion='2' "                  \
	"MajorBuildNumber='1118'/>"                                                 \
	"</s:Header><s:Body>"
#define CLOSE "</s:Body></s:Envelope>"
#define ARRAY(mailboxes)                                                          \
	OPEN "<m:GetUserAvailabilityResponse><m:FreeBusyResponseArray>" mailboxes \
	     "</m:FreeBusyResponseArray></m:GetUserAvailabilityResponse>" CLOSE
#define MAILBOX(message, view)                                 \
	"<m:FreeBusyResponse>" message "<m:FreeBusyView>" view \
	"</m:FreeBusyView></m:FreeBusyResponse>"
#define MESSAGE(class, code)                                                 \
	"<m:ResponseMessage ResponseClass='" class "'><m:ResponseCode>" code \
						   "</m:ResponseCode></"     \
						   "m:ResponseMessage>"
#define SUCCESS MESSAGE("Success", "NoError")
#define VIEW(type) "<t:FreeBusyViewType>" type "</t:FreeBusyViewType>"
#define EVENTS(events) "<t:CalendarEventArray>" events "</t:CalendarEventArray>"
#define EVENT(start, end, busy)                                                       \
	"<t:CalendarEvent><t:StartTime>2026-03-02T" start "</t:StartTime><t:EndTime>" \
	"2026-03-02T" end "</t:EndTime><t:BusyType>" busy                             \
	"</t:BusyType></t:CalendarEvent>"
#define BUSY \
	MAILBOX(SUCCESS, VIEW("FreeBusy") EVENTS(EVENT("09:00:00", "10:00:00", "Busy")))
#define FREE MAILBOX(SUCCESS, VIEW("FreeBusy"))
#define MERGED(digits)         \
	ARRAY(MAILBOX(SUCCESS, \
		VIEW("MergedOnly") "<t:MergedFreeBusy>" digits "</t:MergedFreeBusy>"))
#define FAULT(code, detail)                                                      \
	OPEN "<s:Fault><faultcode>" code "</faultcode><faultstring>Some\n words" \
	     "</faultstring><detail>" detail "</detail></s:Fault>" CLOSE
#define BACK_OFF(ms)                                                    \
	FAULT("a:ErrorServerBusy",                                      \
		"<e:ResponseCode>ErrorServerBusy</e:ResponseCode>"      \
		"<t:MessageXml><t:Value Name='BackOffMilliseconds'>" ms \
		"</t:Value></t:MessageXml>")

/* Reads from memory that ends with the document, for the window of a day that begins with
 * FROM. What it returns is the caller's to finish. */
struct availability sample_read(const char *bytes, size_t n);
struct availability sample_read_text(const char *text);
void sample_expect_kind(const char *text, enum soap_kind kind);
/* One mailbox without a fault, and these events. */
void sample_expect_events(const char *text, const struct gateway_event *events, size_t n);

#endif
