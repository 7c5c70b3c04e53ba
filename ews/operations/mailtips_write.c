#include "ews/operations/mailtips.h"

#include <assert.h>

static void put_address(struct buf *buf, const char *address)
{
	buf_puts(buf, "<t:EmailAddress>");
	buf_put_xml(buf, address);
	buf_puts(buf, "</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType>");
}

void mailtips_write(struct buf *buf, const struct mailtips_query *query)
{
	assert(query->n >= 1 && query->n <= MAILTIPS_MAILBOXES_MAX);
	soap_begin(buf, &query->envelope);
	buf_puts(buf, "<m:GetMailTips><m:SendingAs>");
	put_address(buf, query->sender);
	buf_puts(buf, "</m:SendingAs><m:Recipients>");
	for (size_t i = 0; i < query->n; i++) {
		buf_puts(buf, "<t:Mailbox>");
		put_address(buf, query->addresses[i]);
		buf_puts(buf, "</t:Mailbox>");
	}
	buf_puts(buf, "</m:Recipients><m:MailTipsRequested>OutOfOfficeMessage"
		      "</m:MailTipsRequested></m:GetMailTips>");
	soap_end(buf);
}
