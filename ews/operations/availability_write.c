#include "ews/operations/availability.h"

#include <assert.h>

/* Both changes of the "zone" change nothing, and stand on valid days: servers of all
 * versions take this for UTC, where they refuse a zone without changes. */
static const char before_mailboxes[] =
	"<m:GetUserAvailabilityRequest>"
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

void availability_write(struct buf *buf, const struct availability_query *query)
{
	assert(query->n >= 1 && query->n <= GATEWAY_BATCH_MAX);
	assert(query->from < query->to);
	soap_begin(buf, &query->envelope);
	buf_puts(buf, before_mailboxes);
	for (size_t i = 0; i < query->n; i++)
		put_mailbox(buf, query->addresses[i]);
	buf_puts(buf, "</m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow>");
	soap_put_time(buf, "StartTime", query->from);
	soap_put_time(buf, "EndTime", query->to);
	buf_printf(buf,
		"</t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>%d"
		"</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>%s</"
		"t:RequestedView>"
		"</t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>",
		AVAILABILITY_SLOT_S / 60, query->merged_only ? "MergedOnly" : "FreeBusy");
	soap_end(buf);
}
