#include "exchange/soap.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool soap_refuse(struct soap_fault *out_fault, const char *code, int number,
	const char *format, ...)
{
	va_list args;

	*out_fault = (struct soap_fault){.code = code, .number = number};
	va_start(args, format);
	(void)vsnprintf(out_fault->text, sizeof out_fault->text, format, args);
	va_end(args);
	return false;
}

static void put_detail(struct buf *buf, const struct soap_fault *fault)
{
	buf_puts(buf, "<e:ResponseCode xmlns:e=\"" SOAP_ERRORS "\">");
	buf_put_xml(buf, fault->code);
	buf_puts(buf, "</e:ResponseCode><e:Message xmlns:e=\"" SOAP_ERRORS "\">");
	buf_put_xml(buf, fault->text);
	buf_puts(buf, "</e:Message>");
	if (fault->backoff != NULL) {
		buf_puts(buf, "<t:MessageXml xmlns:t=\"" SOAP_TYPES
			      "\"><t:Value Name=\"BackOffMilliseconds\">");
		buf_put_xml(buf, fault->backoff);
		buf_puts(buf, "</t:Value></t:MessageXml>");
	}
}

void soap_put_fault(struct buf *buf, const struct soap_fault *fault)
{
	buf_puts(buf,
		"<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"" SOAP_NS
		"\"><s:Body><s:Fault><faultcode xmlns:a=\"" SOAP_TYPES "\">a:");
	buf_put_xml(buf, fault->code);
	buf_puts(buf, "</faultcode><faultstring xml:lang=\"en-US\">");
	buf_put_xml(buf, fault->text);
	buf_puts(buf, "</faultstring><detail>");
	if (fault->number != 0)
		buf_printf(buf,
			"<m:ErrorCode xmlns:m=\"" SOAP_MESSAGES "\">%d</m:ErrorCode>",
			fault->number);
	else
		put_detail(buf, fault);
	buf_puts(buf, "</detail></s:Fault></s:Body></s:Envelope>");
}
