#include "exchange/operation.h"
#include "exchange/soap.h"
#include "exchange/walk.h"

#include <strings.h>

/* As Exchange words it, with its number for every exception of .NET. */
enum {
	NUMBER_EXCEPTION = -2146233088,
};

static bool read_request(
	struct visit *visit, const xmlNode *element, struct soap_fault *out_fault)
{
	struct walk walk = walk_into(element);
	const xmlNode *mailbox = walk_take(&walk, SOAP_TYPES, "Mailbox");
	char address[ROLL_MAX_ADDRESS];
	struct walk inner;

	if (mailbox == NULL || walk.next != NULL)
		return soap_misplaced(out_fault, element, walk.next);
	inner = walk_into(mailbox);
	if (!walk_take_text(&inner, "Address", address, sizeof address))
		return soap_misplaced(out_fault, mailbox, inner.next);
	if (!roll_add(&visit->roll, address))
		return soap_refuse(
			out_fault, "ErrorInternalServerError", 0, "No memory.");
	if (visit->envelope.has_name && strcasecmp(visit->envelope.name, address) == 0)
		return true;
	return soap_refuse(out_fault, "Client", NUMBER_EXCEPTION,
		"Microsoft.Exchange.Data.Storage.AccessDeniedException: User is not "
		"mailbox owner. User = S-1-5-21-1, MailboxGuid = S-1-5-21-2 ---> User is "
		"not mailbox owner.");
}

static void put_error(struct buf *out, const char *code)
{
	buf_puts(out, "<ResponseMessage ResponseClass=\"Error\"><MessageText>The "
		      "settings could not be read.</MessageText><ResponseCode>");
	buf_put_xml(out, code);
	buf_puts(out, "</ResponseCode><DescriptiveLinkKey>0</DescriptiveLinkKey>"
		      "</ResponseMessage>");
}

/* A duration is always there, whatever the state. */
static void put_settings(struct buf *out, const struct calendar_oof *oof)
{
	buf_puts(out, "<ResponseMessage ResponseClass=\"Success\"><ResponseCode>NoError"
		      "</ResponseCode></ResponseMessage><OofSettings xmlns=\"" SOAP_TYPES
		      "\"><OofState>");
	buf_puts(out, oof_state_name(oof->state));
	buf_puts(out, "</OofState><ExternalAudience>All</ExternalAudience>");
	oof_put_duration(out, oof);
	buf_puts(out, "<InternalReply><Message>&lt;p&gt;Gone fishing&lt;/p&gt;</Message>"
		      "</InternalReply><ExternalReply><Message/></ExternalReply>"
		      "</OofSettings><AllowExternalOof>All</AllowExternalOof>");
}

static void put(struct visit *visit, const struct twist *twist, struct buf *out)
{
	const struct calendar_mailbox *mailbox = visit->roll.entries[0].mailbox;

	(void)twist;
	buf_puts(out, "<GetUserOofSettingsResponse xmlns=\"" SOAP_MESSAGES "\">");
	if (mailbox->error != NULL)
		put_error(out, mailbox->error);
	else
		put_settings(out, &mailbox->oof);
	buf_puts(out, "</GetUserOofSettingsResponse>");
}

const struct operation op_oof_settings = {
	.name = "GetUserOofSettings",
	.element = "GetUserOofSettingsRequest",
	.read = read_request,
	.put = put,
};
