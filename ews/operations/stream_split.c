#include "ews/operations/stream_split.h"

#include <stdbool.h>
#include <string.h>

#define KEEP_MAX 65536 // a buffer that grew larger than this is given back

enum place {
	BETWEEN, // documents: white space and byte order marks
	TEXT,
	OPENED,      // behind `<`
	START_TAG,   // in <name ...
	END_TAG,     // in </name
	DECLARATION, // behind `<!`
	COMMENT,
	CDATA,
	INSTRUCTION, // <?...?>
	BROKEN,
};

void stream_split_init(struct stream_split *split)
{
	*split = (struct stream_split){.place = BETWEEN};
	buf_init(&split->document, STREAM_DOCUMENT_MAX);
}

void stream_split_finish(struct stream_split *split)
{
	buf_finish(&split->document);
}

static void empty(struct stream_split *split)
{
	if (split->document.cap > KEEP_MAX)
		buf_finish(&split->document);
	buf_reset(&split->document);
}

void stream_split_reset(struct stream_split *split)
{
	empty(split);
	split->place = BETWEEN;
	split->depth = 0;
	split->quote = 0;
}

static void enter(struct stream_split *split, enum place place)
{
	split->place = (int)place;
	split->quote = 0;
	split->matched = 0;
	memset(split->last, 0, sizeof split->last);
}

static bool follows(const struct stream_split *split, char before, char last)
{
	return split->last[0] == before && split->last[1] == last;
}

static bool may_stand_between(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\xef' ||
	       c == '\xbb' || c == '\xbf';
}

static void open_markup(struct stream_split *split, char c)
{
	if (c == '/')
		enter(split, split->depth > 0 ? END_TAG : BROKEN);
	else if (c == '!')
		enter(split, DECLARATION);
	else if (c == '?')
		enter(split, INSTRUCTION);
	else if ((unsigned char)c <= ' ' || c == '<' || c == '>')
		enter(split, BROKEN);
	else
		enter(split, START_TAG);
}

/* `<!--` and `<![CDATA[`; all others belong to a DTD, which no message has. */
static void open_declaration(struct stream_split *split, char c)
{
	static const char comment[] = "--";
	static const char cdata[] = "[CDATA[";
	if (split->matched == 0)
		split->is_comment = c == '-';
	const char *word = split->is_comment ? comment : cdata;
	if (word[split->matched++] != c)
		enter(split, BROKEN);
	else if (word[split->matched] == '\0')
		enter(split, split->is_comment ? COMMENT : CDATA);
}

static void in_start_tag(struct stream_split *split, char c)
{
	if (split->quote != 0) {
		split->quote = c == split->quote ? '\0' : split->quote;
	} else if (c == '"' || c == '\'') {
		split->quote = c;
	} else if (c == '<') {
		enter(split, BROKEN);
	} else if (c == '>') {
		split->depth += split->last[1] == '/' ? 0 : 1;
		enter(split, TEXT);
	}
}

/* The place behind this byte. */
static void step(struct stream_split *split, char c)
{
	switch ((enum place)split->place) {
	case BETWEEN:
		if (!may_stand_between(c))
			enter(split, c == '<' ? OPENED : BROKEN);
		break;
	case TEXT:
		if (c == '<')
			enter(split, OPENED);
		else if (split->depth == 0 && !may_stand_between(c))
			enter(split, BROKEN);
		break;
	case OPENED:
		open_markup(split, c);
		break;
	case START_TAG:
		in_start_tag(split, c);
		break;
	case END_TAG:
		if (c == '>') {
			split->depth--;
			enter(split, TEXT);
		}
		break;
	case DECLARATION:
		open_declaration(split, c);
		break;
	case COMMENT:
		if (c == '>' && follows(split, '-', '-'))
			enter(split, TEXT);
		break;
	case CDATA:
		if (c == '>' && follows(split, ']', ']'))
			enter(split, TEXT);
		break;
	case INSTRUCTION:
		if (c == '>' && split->last[1] == '?')
			enter(split, TEXT);
		break;
	case BROKEN:
		break;
	}
	split->last[0] = split->last[1];
	split->last[1] = c;
}

/* Whether this byte, the last of a tag, ended the root. */
static bool ends_document(int before, const struct stream_split *split)
{
	return (before == START_TAG || before == END_TAG) && split->place == TEXT &&
	       split->depth == 0;
}

enum stream_piece stream_split_take(
	struct stream_split *split, const char **bytes, size_t *n)
{
	const char *at = *bytes;
	const char *end = at + *n;
	bool whole = false;
	if (split->place == BETWEEN)
		empty(split);
	while (at < end && split->place == BETWEEN && may_stand_between(*at))
		at++;
	const char *first = at;
	while (at < end && !whole && split->place != BROKEN) {
		int before = split->place;
		step(split, *at++);
		whole = ends_document(before, split);
	}
	buf_add(&split->document, first, (size_t)(at - first));
	*bytes = at;
	*n = (size_t)(end - at);
	if (split->document.failed)
		split->place = BROKEN;
	if (split->place == BROKEN)
		return STREAM_BROKEN;
	if (whole)
		split->place = BETWEEN;
	return whole ? STREAM_DOCUMENT : STREAM_MORE;
}
