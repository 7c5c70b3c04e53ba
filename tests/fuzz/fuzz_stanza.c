#include "../unit/component/element_print.h"
#include "base/buf.h"
#include "component/xmpp/reader.h"
#include "component/xmpp/stanza.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX (4 * 1024 * 1024)

/* Puts the inside of a presence into one. */
static void wrap(struct buf *buf, const char *ns, const void *inside, size_t n)
{
	buf_printf(buf, "<presence xmlns='%s'>", ns);
	buf_add(buf, inside, n);
	buf_puts(buf, "</presence>");
}

/* The one stanza in the text, or NULL; it is the reader's. */
static const struct element *parse(struct reader *reader, const struct buf *text)
{
	static const char opening[] = "<s:s xmlns:s='s' xmlns='" STANZA_NS "'>";
	const char *bytes = opening;
	size_t n = sizeof(opening) - 1;

	if (reader_next(reader, &bytes, &n) != READER_OPENED)
		abort();
	bytes = buf_text(text);
	n = text->len;
	if (reader_next(reader, &bytes, &n) != READER_STANZA || n > 0)
		return NULL;
	return reader_element(reader);
}

static bool is_well_formed(const struct buf *inside)
{
	struct reader *reader = reader_create();
	bool is_one;
	struct buf text;

	if (!reader)
		return true;
	buf_init(&text, TEXT_MAX);
	wrap(&text, "jabber:client", buf_text(inside), inside->len);
	is_one = parse(reader, &text) != NULL;
	buf_finish(&text);
	reader_destroy(reader);
	return is_one;
}

/* What we make of any presence that the server could hand us can be sent. */
static void check(const struct element *element)
{
	struct presence_in *in = malloc(sizeof(*in));
	struct presence presence;
	struct buf out;

	if (!in)
		return;
	presence_in_read(element, in);
	presence = (struct presence){
		.show = in->show, .status = {.n = in->n_texts, .texts = in->texts}};
	buf_init(&out, TEXT_MAX);
	presence_print(&out, &presence, in->priority);
	if (out.failed || !is_well_formed(&out))
		abort();
	buf_reset(&out);
	element_print(element, &out);
	if (!out.failed && !is_well_formed(&out))
		abort();
	buf_reset(&out);
	stanza_error(&out, element, "cancel", "conflict");
	if (!is_well_formed(&out))
		abort();
	buf_finish(&out);
	free(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader *reader = reader_create();
	const struct element *element;
	struct buf text;

	if (!reader)
		return 0;
	buf_init(&text, TEXT_MAX);
	wrap(&text, STANZA_NS, data, size);
	element = parse(reader, &text);
	buf_finish(&text);
	if (element)
		check(element);
	reader_destroy(reader);
	return 0;
}
