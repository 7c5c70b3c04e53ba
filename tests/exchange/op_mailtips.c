#include "exchange/operation.h"
#include "exchange/soap.h"
#include "exchange/walk.h"

#include "base/clock.h"

#include <string.h>

enum {
	MAX_RECIPIENTS = 50, // MaxRecipientsPerGetMailTipsRequest
};

static bool read_recipients(const xmlNode *recipients, struct roll *roll)
{
	struct walk walk = walk_into(recipients);
	const xmlNode *mailbox;

	while ((mailbox = walk_take(&walk, SOAP_TYPES, "Mailbox")) != NULL) {
		struct walk inner = walk_into(mailbox);
		char address[ROLL_MAX_ADDRESS];

		(void)walk_take_text(&inner, "Name", address, sizeof address);
		if (!walk_take_text(&inner, "EmailAddress", address, sizeof address) ||
			!roll_add(roll, address))
			return false;
	}
	return walk.next == NULL;
}

static bool read_request(
	struct visit *visit, const xmlNode *element, struct soap_fault *out_fault)
{
	struct walk walk = walk_into(element);
	const xmlNode *sender = walk_take(&walk, SOAP_MESSAGES, "SendingAs");
	const xmlNode *recipients = walk_take(&walk, SOAP_MESSAGES, "Recipients");
	const xmlNode *tips = walk_take(&walk, SOAP_MESSAGES, "MailTipsRequested");
	char wanted[64];

	if (sender == NULL || recipients == NULL || tips == NULL ||
		!read_recipients(recipients, &visit->roll))
		return soap_misplaced(out_fault, element, walk.next);
	if (!walk_text(tips, wanted, sizeof wanted) ||
		strcmp(wanted, "OutOfOfficeMessage") != 0)
		return soap_refuse(out_fault, "ErrorInvalidRequest", 0,
			"This simulator has no mail tips but OutOfOfficeMessage.");
	if (visit->roll.count == 0 || visit->roll.count > MAX_RECIPIENTS)
		return soap_refuse(out_fault, "ErrorInvalidRequest", 0,
			"There are %zu recipients, not 1 to %d.", visit->roll.count,
			MAX_RECIPIENTS);
	return true;
}

static void put_error(struct buf *out, const char *code)
{
	buf_puts(out, "<m:MailTipsResponseMessageType ResponseClass=\"Error\">"
		      "<m:MessageText>There are no tips.</m:MessageText>"
		      "<m:ResponseCode>");
	buf_put_xml(out, code);
	buf_puts(out, "</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>"
		      "</m:MailTipsResponseMessageType>");
}

static void put_oof(struct buf *out, const struct calendar_oof *oof)
{
	bool is_on = oof_is_on(oof, clock_wall_ms() / 1000);

	buf_printf(out,
		"<OutOfOffice xmlns=\"" SOAP_TYPES "\"><ReplyBody><Message>%s</Message>"
		"</ReplyBody>",
		is_on ? "Gone fishing" : "");
	if (is_on && oof->state == OOF_SCHEDULED)
		oof_put_duration(out, oof);
	buf_puts(out, "</OutOfOffice>");
}

/* A stub that no schema has. */
static void put_oof_of_gromox(struct buf *out)
{
	buf_puts(out, "<t:OutOfOffice><t:OofState>Disabled</t:OofState><t:OofReply>"
		      "<t:Message/></t:OofReply></t:OutOfOffice>");
}

/* Of what is pending there is an element, which says nothing. */
static void put_pending(struct buf *out, bool is_pending)
{
	buf_printf(out, "<t:PendingMailTips>%s</t:PendingMailTips>",
		is_pending ? "OutOfOfficeMessage" : "");
	if (is_pending)
		buf_puts(out, "<t:OutOfOffice><t:ReplyBody><t:Message/></t:ReplyBody>"
			      "</t:OutOfOffice>");
}

static void put_tips(struct buf *out, const struct roll_entry *entry, bool is_unfriendly)
{
	buf_puts(out, "<m:MailTipsResponseMessageType ResponseClass=\"Success\">"
		      "<m:ResponseCode>NoError</m:ResponseCode><m:MailTips>"
		      "<t:RecipientAddress><t:Name/><t:EmailAddress>");
	buf_put_xml(out, entry->address);
	buf_puts(out, "</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType>"
		      "</t:RecipientAddress>");
	put_pending(out, entry->mailbox->is_pending);
	if (is_unfriendly)
		put_oof_of_gromox(out);
	else if (!entry->mailbox->is_pending)
		put_oof(out, &entry->mailbox->oof);
	buf_puts(out, "</m:MailTips></m:MailTipsResponseMessageType>");
}

static void put(struct visit *visit, const struct twist *twist, struct buf *out)
{
	size_t n = visit->roll.count;

	visit->deviates |= visit->sim->is_unfriendly;
	n -= twist->leave_out < n ? twist->leave_out : n;
	buf_puts(out, "<m:GetMailTipsResponse ResponseClass=\"Success\" "
		      "xmlns:m=\"" SOAP_MESSAGES "\" xmlns:t=\"" SOAP_TYPES
		      "\"><m:ResponseCode>NoError</m:ResponseCode>"
		      "<m:ResponseMessages>");
	for (size_t i = 0; i < n; i++) {
		const struct roll_entry *entry = &visit->roll.entries[i];

		if (entry->mailbox == NULL)
			put_error(out, "ErrorMailRecipientNotFound");
		else if (entry->mailbox->error != NULL)
			put_error(out, entry->mailbox->error);
		else
			put_tips(out, entry, visit->sim->is_unfriendly);
	}
	buf_puts(out, "</m:ResponseMessages></m:GetMailTipsResponse>");
}

const struct operation op_mailtips = {
	.name = "GetMailTips",
	.element = "GetMailTips",
	.read = read_request,
	.put = put,
};
