#include "exchange/response.h"

#include "exchange/soap.h"

#include <string.h>

static const char *text_of(const char *code)
{
	static const char *const texts[][2] = {
		{"ErrorExceededConnectionCount",
			"You have exceeded the available concurrent connections for your "
			"account. Try again once your other requests have completed."},
		{"ErrorExceededSubscriptionCount",
			"You have exceeded the available subscriptions for your account. "
			"Remove unnecessary subscriptions and try your request again."},
		{"ErrorItemNotFound", "The specified object was not found in the store."},
		{"ErrorNewEventStreamConnectionOpened",
			"A new event stream connection was opened."},
		{"ErrorSubscriptionNotFound",
			"The specified subscription was not found."},
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (strcmp(code, texts[i][0]) == 0)
			return texts[i][1];
	}
	return "The request could not be done.";
}

void response_open(
	struct buf *out, const char *name, const char *code, const struct twist *twist)
{
	bool good = strcmp(code, "NoError") == 0;

	buf_printf(out,
		"<m:%sResponse xmlns:m=\"" SOAP_MESSAGES "\" xmlns:t=\"" SOAP_TYPES
		"\"><m:ResponseMessages><m:%sResponseMessage ResponseClass=\"%s\">",
		name, name, good ? "Success" : "Error");
	if (twist->message != NULL || !good) {
		buf_puts(out, "<m:MessageText>");
		buf_puts(out, twist->message != NULL ? twist->message : text_of(code));
		buf_puts(out, "</m:MessageText>");
	}
	buf_puts(out, "<m:ResponseCode>");
	buf_put_xml(out, code);
	buf_puts(out, "</m:ResponseCode>");
	if (!good)
		buf_puts(out, "<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>");
}

void response_close(struct buf *out, const char *name)
{
	buf_printf(out, "</m:%sResponseMessage></m:ResponseMessages></m:%sResponse>",
		name, name);
}
