#include "component/presence/blob.h"

#include "component/presence/status.h"

#include <stdlib.h>
#include <string.h>

static void put_text(struct buf *buf, const char *text)
{
	buf_put_string(buf, text, strlen(text));
}

void blob_write(struct buf *buf, const struct resource *resource)
{
	buf_put_u8(buf, (uint8_t)resource->show);
	buf_put_i64(buf, resource->priority);
	if (resource->original == NULL)
		put_text(buf, "");
	else
		buf_put_string(buf, resource->original->xml, resource->original->len);
	put_text(buf, resource->children == NULL ? "" : resource->children);
	buf_put_u32(buf, (uint32_t)resource->status.n);
	for (size_t i = 0; i < resource->status.n; i++) {
		put_text(buf, resource->status.texts[i].lang);
		put_text(buf, resource->status.texts[i].text);
	}
}

static bool get_text(struct buf_reader *reader, char *out_text, size_t size)
{
	size_t n;
	const char *text = buf_get_string(reader, &n);

	if (text == NULL || n >= size)
		return false;
	memcpy(out_text, text, n);
	out_text[n] = '\0';
	return true;
}

static bool read_status(struct buf_reader *reader, struct status *out_status)
{
	struct status_text texts[STANZA_STATUS_TEXTS_MAX];
	char lang[STANZA_STATUS_TEXTS_MAX][STANZA_LANG_SIZE];
	char text[STANZA_STATUS_TEXTS_MAX][STANZA_STATUS_SIZE];
	struct status status = {.n = buf_get_u32(reader), .texts = texts};

	if (status.n > STANZA_STATUS_TEXTS_MAX)
		return false;
	for (size_t i = 0; i < status.n; i++) {
		if (!get_text(reader, lang[i], sizeof(lang[i])) ||
			!get_text(reader, text[i], sizeof(text[i])))
			return false;
		texts[i] = (struct status_text){.lang = lang[i], .text = text[i]};
	}
	return status_copy(&status, out_status);
}

bool blob_read(const void *bytes, size_t n, struct resource *resource)
{
	struct buf_reader reader = {.data = bytes, .len = n};
	size_t xml_len;
	size_t children_len;
	uint8_t show = buf_get_u8(&reader);
	int64_t priority = buf_get_i64(&reader);
	const char *xml = buf_get_string(&reader, &xml_len);
	const char *children = buf_get_string(&reader, &children_len);

	if (reader.failed || show >= SHOW_OFFLINE || priority < -128 || priority > 127 ||
		!read_status(&reader, &resource->status))
		return false;
	resource->show = (enum show)show;
	resource->priority = (int)priority;
	resource->original = body_create(false, xml, xml_len);
	resource->children = strndup(children, children_len);
	resource->confirmed = false;
	return resource->original != NULL && resource->children != NULL;
}
