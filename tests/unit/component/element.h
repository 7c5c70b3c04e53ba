#ifndef TESTS_UNIT_COMPONENT_ELEMENT_H
#define TESTS_UNIT_COMPONENT_ELEMENT_H

#include "component/xmpp/element.h"
#include "test.h"

#include <strophe.h>

/* One stanza from text, as the link would hand it to its reader; the text says its
 * namespace itself. */
struct parsed {
	xmpp_ctx_t *ctx;
	xmpp_stanza_t *stanza;
	const struct element *element;
};

static inline struct parsed parse(const char *text)
{
	struct parsed parsed = {.ctx = xmpp_ctx_new(NULL, NULL)};

	assert_non_null(parsed.ctx);
	parsed.stanza = xmpp_stanza_new_from_string(parsed.ctx, text);
	assert_non_null(parsed.stanza);
	parsed.element = element_of(parsed.stanza);
	return parsed;
}

static inline void parsed_finish(struct parsed *parsed)
{
	(void)xmpp_stanza_release(parsed->stanza);
	xmpp_ctx_free(parsed->ctx);
}

#endif
