#include "exchange/soap.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HEAD                                                                        \
	"<s:Envelope xmlns:s=\"" SOAP_NS "\"><s:Header>"                            \
	"<h:ServerVersionInfo MajorVersion=\"15\" MinorVersion=\"2\" "              \
	"MajorBuildNumber=\"1544\" MinorBuildNumber=\"4\" Version=\"V2017_07_11\" " \
	"xmlns:h=\"" SOAP_TYPES "\" xmlns=\"" SOAP_TYPES "\" "                      \
	"xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" "                           \
	"xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"/></s:Header>"      \
	"<s:Body xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "          \
	"xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">"

#define HEAD_2010                                                                 \
	"<Envelope xmlns=\"" SOAP_NS "\"><soap11:Header xmlns:soap11=\"" SOAP_NS  \
	"\"><ServerVersionInfo MajorVersion=\"14\" MinorVersion=\"3\" "           \
	"MajorBuildNumber=\"123\" MinorBuildNumber=\"3\" "                        \
	"Version=\"Exchange2010_SP2\" xmlns=\"" SOAP_TYPES "\"/></soap11:Header>" \
	"<soap11:Body xmlns:soap11=\"" SOAP_NS "\">"

#define HEAD_GROMOX                                                                      \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?><SOAP:Envelope xmlns:SOAP=\"" SOAP_NS \
	"\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "                    \
	"xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><SOAP:Header>"                   \
	"<t:ServerVersionInfo xmlns:t=\"" SOAP_TYPES                                     \
	"\" MajorVersion=\"15\" MinorVersion=\"0\" MajorBuildNumber=\"847\" "            \
	"MinorBuildNumber=\"4040\" Version=\"V2017_07_11\"/></SOAP:Header><SOAP:Body>"

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

bool soap_invalid(struct soap_fault *out_fault, const char *why)
{
	return soap_refuse(out_fault, "ErrorSchemaValidation", 0,
		"The request failed schema validation: %s", why);
}

bool soap_misplaced(
	struct soap_fault *out_fault, const xmlNode *parent, const xmlNode *at)
{
	return soap_refuse(out_fault, "ErrorSchemaValidation", 0,
		"The request failed schema validation: The element '%.60s' has invalid "
		"child "
		"element '%.60s' or lacks one that is required.",
		(const char *)parent->name, at != NULL ? (const char *)at->name : "");
}

static void put_detail(struct buf *buf, const struct soap_fault *fault)
{
	buf_puts(buf, "<e:ResponseCode xmlns:e=\"" SOAP_ERRORS "\">");
	buf_put_xml(buf, fault->code);
	buf_puts(buf, "</e:ResponseCode><e:Message xmlns:e=\"" SOAP_ERRORS "\">");
	buf_put_xml(buf, fault->text);
	buf_puts(buf, "</e:Message>");
	if (fault->policy != NULL)
		buf_printf(buf,
			"<t:MessageXml xmlns:t=\"" SOAP_TYPES
			"\"><t:Value Name=\"Policy\">%s</t:Value>"
			"<t:Value Name=\"MaxConcurrencyLimit\">%lld</t:Value>"
			"<t:Value Name=\"ErrorMessage\">This operation exceeds the "
			"throttling budget for policy part '%s', policy value '%lld', "
			"Budget type: 'Ews'. Suggested backoff time 0 ms.</t:Value>"
			"</t:MessageXml>",
			fault->policy, (long long)fault->limit, fault->policy,
			(long long)fault->limit);
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

void soap_open(struct buf *buf, const char *prolog)
{
	buf_puts(buf, "<?xml version=\"1.0\" encoding=\"utf-8\"?>");
	if (prolog != NULL)
		buf_puts(buf, prolog);
	buf_puts(buf, HEAD);
}

void soap_close(struct buf *buf)
{
	buf_puts(buf, "</s:Body></s:Envelope>");
}

void soap_open_2010(struct buf *buf)
{
	buf_puts(buf, HEAD_2010);
}

void soap_close_2010(struct buf *buf)
{
	buf_puts(buf, "</soap11:Body></Envelope>");
}

void soap_open_gromox(struct buf *buf)
{
	buf_puts(buf, HEAD_GROMOX);
}

void soap_close_gromox(struct buf *buf)
{
	buf_puts(buf, "</SOAP:Body></SOAP:Envelope>");
}

void soap_put_gromox_fault(struct buf *buf, const struct soap_fault *fault)
{
	soap_open_gromox(buf);
	buf_puts(buf, "<SOAP:Fault><faultcode>");
	buf_put_xml(buf, fault->code);
	buf_puts(buf, "</faultcode><faultstring>");
	buf_put_xml(buf, fault->text);
	buf_puts(buf, "</faultstring></SOAP:Fault>");
	soap_close_gromox(buf);
}
