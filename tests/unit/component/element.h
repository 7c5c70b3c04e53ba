#ifndef TESTS_UNIT_COMPONENT_ELEMENT_H
#define TESTS_UNIT_COMPONENT_ELEMENT_H

#include "component/element_print.h"
#include "component/xmpp/reader.h"
#include "component/xmpp/stanza.h"
#include "test.h"

#include <string.h>

#define STREAM_OPENING                                    \
	"<stream:stream xmlns='jabber:component:accept' " \
	"xmlns:stream='http://etherx.jabber.org/streams' id='1'>"

/* One stanza from text, as the link would hand it to its reader. */
struct parsed {
	struct reader *reader;
	const struct element *element;
};

static inline struct parsed parse(const char *text)
{
	struct parsed parsed = {.reader = reader_create()};
	const char *opening = STREAM_OPENING;
	size_t n = strlen(opening);

	assert_non_null(parsed.reader);
	assert_int_equal(reader_next(parsed.reader, &opening, &n), READER_OPENED);
	n = strlen(text);
	assert_int_equal(reader_next(parsed.reader, &text, &n), READER_STANZA);
	assert_int_equal(n, 0);
	parsed.element = reader_element(parsed.reader);
	return parsed;
}

static inline void parsed_finish(struct parsed *parsed)
{
	reader_destroy(parsed->reader);
}

#endif
