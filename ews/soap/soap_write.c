#include "ews/soap/soap.h"

#include "base/datetime.h"

static const char head[] =
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\""
	" xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\""
	" xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\">"
	"<s:Header>";

/* SmtpAddress takes secondary addresses as well, PrimarySmtpAddress would not. */
static void put_impersonation(struct buf *buf, const char *address)
{
	buf_puts(buf, "<t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>");
	buf_put_xml(buf, address);
	buf_puts(buf, "</t:SmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>");
}

void soap_begin(struct buf *buf, const struct soap_envelope *envelope)
{
	buf_puts(buf, head);
	buf_printf(buf, "<t:RequestServerVersion Version=\"%s\"/>", envelope->version);
	if (envelope->impersonate)
		put_impersonation(buf, envelope->impersonate);
	buf_puts(buf, "</s:Header><s:Body>");
}

void soap_end(struct buf *buf)
{
	buf_puts(buf, "</s:Body></s:Envelope>");
}

void soap_put_time(struct buf *buf, const char *name, int64_t seconds)
{
	char text[DATETIME_SIZE];
	datetime_print(seconds, text);
	buf_printf(buf, "<t:%s>%s</t:%s>", name, text, name);
}
