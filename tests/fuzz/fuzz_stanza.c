#include "base/buf.h"
#include "component/xmpp/element.h"
#include "component/xmpp/stanza.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <strophe.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX (4 * 1024 * 1024)

/* Puts the inside of a presence into one. */
static void wrap(struct buf *buf, const char *ns, const void *inside, size_t n)
{
	buf_printf(buf, "<presence xmlns='%s'>", ns);
	buf_add(buf, inside, n);
	buf_puts(buf, "</presence>");
}

static bool is_well_formed(xmpp_ctx_t *ctx, const struct buf *inside)
{
	xmpp_stanza_t *stanza;
	struct buf text;

	buf_init(&text, TEXT_MAX);
	wrap(&text, "jabber:client", buf_text(inside), inside->len);
	stanza = xmpp_stanza_new_from_string(ctx, buf_text(&text));
	buf_finish(&text);
	if (stanza)
		(void)xmpp_stanza_release(stanza);
	return stanza != NULL;
}

/* What we make of any presence that the server could hand us can be sent. */
static void check(xmpp_ctx_t *ctx, const struct element *element)
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
	buf_add(&out, buf_text(&in->children), in->children.len);
	if (out.failed || !is_well_formed(ctx, &out))
		abort();
	buf_reset(&out);
	element_print(element, &out);
	if (!out.failed && !is_well_formed(ctx, &out))
		abort();
	buf_reset(&out);
	stanza_error(&out, element, "cancel", "redirect", "xmpp:a@b");
	if (!is_well_formed(ctx, &out))
		abort();
	buf_finish(&out);
	presence_in_finish(in);
	free(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
	xmpp_stanza_t *stanza;
	struct buf text;

	if (!ctx)
		return 0;
	buf_init(&text, TEXT_MAX);
	wrap(&text, STANZA_NS, data, size);
	stanza = xmpp_stanza_new_from_string(ctx, buf_text(&text));
	buf_finish(&text);
	if (stanza) {
		check(ctx, element_of(stanza));
		(void)xmpp_stanza_release(stanza);
	}
	xmpp_ctx_free(ctx);
	return 0;
}
