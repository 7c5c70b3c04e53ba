#ifndef TESTS_UNIT_COMPONENT_READER_STORY_H
#define TESTS_UNIT_COMPONENT_READER_STORY_H

#include "component/element.h"
#include "component/xmpp/limits.h"

#define HEADER "<?xml version='1.0'?>" STREAM_OPENING

/* What came of some bytes, as text: O, one letter an event that is no stanza, stanzas as
 * they are printed, and why. */
struct story {
	struct reader *reader;
	struct buf told;
	enum reader_event last;
};

static const char story_letters[] = {
	[READER_MORE] = '.',
	[READER_OPENED] = 'O',
	[READER_STANZA] = 'S',
	[READER_DROPPED] = 'D',
	[READER_CLOSED] = 'C',
	[READER_BROKEN] = 'B',
};

static inline void story_begin(struct story *story)
{
	*story = (struct story){.reader = reader_create()};
	assert_non_null(story->reader);
	buf_init(&story->told, (size_t)64 * 1024 * 1024);
}

static inline void story_end(struct story *story)
{
	reader_destroy(story->reader);
	buf_finish(&story->told);
}

static inline void story_feed(struct story *story, const char *bytes, size_t n)
{
	enum reader_event event;

	do {
		event = reader_next(story->reader, &bytes, &n);
		story->last = event;
		if (event == READER_STANZA)
			element_print(reader_element(story->reader), &story->told);
		else if (event != READER_MORE)
			buf_printf(&story->told, "%c", story_letters[event]);
		if (event == READER_DROPPED || event == READER_BROKEN)
			buf_printf(&story->told, "(%s)", reader_why(story->reader));
		buf_puts(&story->told, event == READER_MORE ? "" : " ");
	} while (
		event != READER_MORE && event != READER_CLOSED && event != READER_BROKEN);
}

#endif
