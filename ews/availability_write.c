#include "ews/availability.h"

#include "ews/datetime.h"

#include <assert.h>

static const char before_impersonation[] =
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\""
	" xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\""
	" xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\">"
	"<s:Header><t:RequestServerVersion Version=\"Exchange2013\"/>";

/* Both changes of the "zone" change nothing, and stand on valid days: servers of all
 * versions take this for UTC, where they refuse a zone without changes. */
static const char before_mailboxes[] =
	"</s:Header><s:Body><m:GetUserAvailabilityRequest>"
	"<t:TimeZone><t:Bias>0</t:Bias>"
	"<t:StandardTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time>"
	"<t:DayOrder>1</t:DayOrder><t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>"
	"</t:StandardTime>"
	"<t:DaylightTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time>"
	"<t:DayOrder>1</t:DayOrder><t:Month>4</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>"
	"</t:DaylightTime></t:TimeZone>"
	"<m:MailboxDataArray>";

static void put_mailbox(struct buf *buf, const char *address)
{
	buf_puts(buf, "<t:MailboxData><t:Email><t:Address>");
	buf_put_xml(buf, address);
	buf_puts(buf, "</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType>"
		      "</t:MailboxData>");
}

/* SmtpAddress takes secondary addresses as well, PrimarySmtpAddress would not. */
static void put_impersonation(struct buf *buf, const char *address)
{
	buf_puts(buf, "<t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>");
	buf_put_xml(buf, address);
	buf_puts(buf, "</t:SmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>");
}

static void put_time(struct buf *buf, const char *element, int64_t seconds)
{
	char text[DATETIME_SIZE];
	datetime_print(seconds, text);
	buf_printf(buf, "<t:%s>%s</t:%s>", element, text, element);
}

void availability_write(struct buf *buf, const struct availability_query *query)
{
	assert(query->n >= 1 && query->n <= AVAILABILITY_MAILBOXES_MAX);
	assert(query->from < query->to);
	buf_puts(buf, before_impersonation);
	if (query->impersonate)
		put_impersonation(buf, query->impersonate);
	buf_puts(buf, before_mailboxes);
	for (size_t i = 0; i < query->n; i++)
		put_mailbox(buf, query->addresses[i]);
	buf_puts(buf, "</m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow>");
	put_time(buf, "StartTime", query->from);
	put_time(buf, "EndTime", query->to);
	buf_printf(buf,
		"</t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>%d"
		"</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>%s</"
		"t:RequestedView>"
		"</t:FreeBusyViewOptions></m:GetUserAvailabilityRequest></s:Body></"
		"s:Envelope>",
		AVAILABILITY_SLOT_S / 60, query->merged_only ? "MergedOnly" : "FreeBusy");
}
