#include "ews/operations/autodiscover.h"

#include "base/line.h"
#include "ews/soap/soap.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define JSON_BODY_MAX (64u * 1024)

void autodiscover_keep(char out[AUTODISCOVER_URL_SIZE], const char *text, size_t n)
{
	if (n >= AUTODISCOVER_URL_SIZE || memchr(text, '\0', n))
		n = 0;
	memcpy(out, text, n);
	out[n] = '\0';
}

void autodiscover_put_query(struct buf *buf, const char *address)
{
	/* RFC 3986 section 3.3, without what some front ends take for something else. */
	static const char kept[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-._~@";
	buf_puts(buf, "/autodiscover/autodiscover.json/v1.0/");
	for (; *address != '\0'; address++) {
		if (strchr(kept, *address))
			buf_add(buf, address, 1);
		else
			buf_printf(buf, "%%%02X", (unsigned char)*address);
	}
	buf_puts(buf, "?Protocol=EWS");
}

static const char *text_of(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));
	return text ? text : "";
}

int autodiscover_read_json(
	const char *bytes, size_t n, struct autodiscover_answer *out_answer)
{
	*out_answer = (struct autodiscover_answer){.kind = AUTODISCOVER_NOTHING};
	json_t *json = n <= JSON_BODY_MAX ? json_loadb(bytes, n, 0, NULL) : NULL;
	const char *url = text_of(json, "Url");
	const char *code = text_of(json, "ErrorCode");
	char text[512];

	autodiscover_keep(out_answer->urls[0], url, strlen(url));
	if (out_answer->urls[0][0])
		out_answer->kind = AUTODISCOVER_FOUND;
	(void)snprintf(text, sizeof text, "%.64s%s%.300s", code, code[0] ? ": " : "",
		text_of(json, "ErrorMessage"));
	line_copy(out_answer->text, sizeof out_answer->text, text, strlen(text));
	json_decref(json);
	return 0;
}
