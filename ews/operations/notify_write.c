#include "ews/operations/notify.h"

#include <assert.h>

/* The order of the elements is the schema's (types.xsd StreamingSubscriptionRequestType).
 * All folders in place of one would bring an event for each mail that comes in. */
static const char subscribe[] =
	"<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>"
	"<t:DistinguishedFolderId Id=\"calendar\"/></t:FolderIds><t:EventTypes>"
	"<t:EventType>CreatedEvent</t:EventType>"
	"<t:EventType>ModifiedEvent</t:EventType>"
	"<t:EventType>DeletedEvent</t:EventType>"
	"<t:EventType>MovedEvent</t:EventType>"
	"<t:EventType>FreeBusyChangedEvent</t:EventType>"
	"</t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>";

static void put_id(struct buf *buf, char prefix, const char *id)
{
	buf_printf(buf, "<%c:SubscriptionId>", prefix);
	buf_put_xml(buf, id);
	buf_printf(buf, "</%c:SubscriptionId>", prefix);
}

void notify_write_subscribe(struct buf *buf, const struct soap_envelope *envelope)
{
	soap_begin(buf, envelope);
	buf_puts(buf, subscribe);
	soap_end(buf);
}

void notify_write_unsubscribe(
	struct buf *buf, const struct soap_envelope *envelope, const char *id)
{
	soap_begin(buf, envelope);
	buf_puts(buf, "<m:Unsubscribe>");
	put_id(buf, 'm', id);
	buf_puts(buf, "</m:Unsubscribe>");
	soap_end(buf);
}

void notify_write_stream(struct buf *buf, const struct soap_envelope *envelope,
	const char *const *ids, size_t n)
{
	assert(n >= 1 && n <= NOTIFY_IDS_MAX);
	soap_begin(buf, envelope);
	buf_puts(buf, "<m:GetStreamingEvents><m:SubscriptionIds>");
	for (size_t i = 0; i < n; i++)
		put_id(buf, 't', ids[i]);
	buf_printf(buf,
		"</m:SubscriptionIds><m:ConnectionTimeout>%d</m:ConnectionTimeout>"
		"</m:GetStreamingEvents>",
		NOTIFY_CONNECTION_MIN);
	soap_end(buf);
}
