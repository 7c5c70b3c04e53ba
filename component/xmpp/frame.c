#include "component/xmpp/frame.h"

#include "component/xmpp/limits.h"

/* What a buffer keeps between two stanzas. */
#define KEPT_MAX (64 * 1024)

#define NOT_WELL_FORMED "not-well-formed"
#define RESTRICTED "restricted-xml"

void frame_init(struct frame *frame)
{
	*frame = (struct frame){.last = FRAME_MORE};
	buf_init(&frame->bytes, STANZA_BYTES_MAX);
}

void frame_finish(struct frame *frame)
{
	buf_finish(&frame->bytes);
}

static enum frame_event broken(struct frame *frame, const char *condition)
{
	frame->why = condition;
	return FRAME_BROKEN;
}

/* The stanza is left out from here on; its end is still looked for. */
static void drop(struct frame *frame, const char *why)
{
	if (!frame->why)
		frame->why = why;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void count_node(struct frame *frame)
{
	if (++frame->nodes > STANZA_NODES_MAX)
		drop(frame, "it has too many elements");
}

static enum frame_event element_ended(struct frame *frame)
{
	frame->state = FRAME_TEXT;
	if (frame->depth != 1)
		return FRAME_MORE;
	return frame->why ? FRAME_DROPPED : FRAME_STANZA;
}

static enum frame_event start_tag_ended(struct frame *frame)
{
	bool empty = frame->slash;

	frame->state = FRAME_TEXT;
	if (frame->depth == 0) {
		frame->depth = 1;
		return empty ? broken(frame, NOT_WELL_FORMED) : FRAME_OPENING;
	}
	if (empty)
		return element_ended(frame);
	/* The stream's own element is around the stanza. */
	if (++frame->depth > STANZA_DEPTH_MAX + 1)
		drop(frame, "its elements are nested too deep");
	return FRAME_MORE;
}

static enum frame_event in_start_tag(struct frame *frame, char c)
{
	if (c == '>')
		return start_tag_ended(frame);
	if (c == '<')
		return broken(frame, NOT_WELL_FORMED);
	frame->slash = c == '/';
	if (c == '"' || c == '\'') {
		frame->quote = c;
		frame->state = FRAME_VALUE;
	} else if (c == '=') {
		frame->name = 0;
		count_node(frame);
		if (++frame->attributes > STANZA_ATTRIBUTES_MAX)
			drop(frame, "an element of it has too many attributes");
	} else if (is_space(c) || c == '/') {
		frame->name = 0;
	} else if (++frame->name > STANZA_NAME_MAX) {
		drop(frame, "a name in it is too long");
	}
	return FRAME_MORE;
}

static enum frame_event behind_less(struct frame *frame, char c)
{
	if (c == '/') {
		if (frame->depth == 0)
			return broken(frame, NOT_WELL_FORMED);
		frame->state = FRAME_END_TAG;
		return FRAME_MORE;
	}
	if (c == '!') {
		frame->state = FRAME_CDATA_START;
		frame->matched = 0;
		return FRAME_MORE;
	}
	if (c == '?') {
		if (frame->depth > 0)
			return broken(frame, RESTRICTED);
		frame->state = FRAME_DECLARATION;
		frame->matched = 0;
		return FRAME_MORE;
	}
	frame->state = FRAME_START_TAG;
	frame->slash = false;
	frame->attributes = 0;
	frame->name = 0;
	count_node(frame);
	return in_start_tag(frame, c);
}

static enum frame_event in_end_tag(struct frame *frame, char c)
{
	if (c == '<')
		return broken(frame, NOT_WELL_FORMED);
	if (c != '>')
		return FRAME_MORE;
	frame->depth--;
	return frame->depth == 0 ? FRAME_CLOSING : element_ended(frame);
}

/* Comments and document types begin like a CDATA section, for which only stanzas have
 * use. */
static enum frame_event in_cdata_start(struct frame *frame, char c)
{
	static const char start[] = "[CDATA[";

	if (c != start[frame->matched] || frame->depth < 2)
		return broken(frame, RESTRICTED);
	if (!start[++frame->matched]) {
		frame->state = FRAME_CDATA;
		frame->matched = 0;
	}
	return FRAME_MORE;
}

/* ]]> */
static void in_cdata(struct frame *frame, char c)
{
	if (c == '>' && frame->matched == 2)
		frame->state = FRAME_TEXT;
	else if (c != ']')
		frame->matched = 0;
	else if (frame->matched < 2)
		frame->matched++;
}

/* ?> */
static void in_declaration(struct frame *frame, char c)
{
	if (c == '>' && frame->matched == 1)
		frame->state = FRAME_TEXT;
	frame->matched = c == '?';
}

static enum frame_event in_text(struct frame *frame, char c)
{
	if (c == '<')
		frame->state = FRAME_LESS;
	else if (frame->depth == 0 && !is_space(c))
		return broken(frame, NOT_WELL_FORMED);
	return FRAME_MORE;
}

static enum frame_event take_byte(struct frame *frame, char c)
{
	if ((unsigned char)c < 0x20 && !is_space(c))
		return broken(frame, NOT_WELL_FORMED);
	switch (frame->state) {
	case FRAME_TEXT:
		return in_text(frame, c);
	case FRAME_LESS:
		return behind_less(frame, c);
	case FRAME_START_TAG:
		return in_start_tag(frame, c);
	case FRAME_VALUE:
		if (c == '<')
			return broken(frame, NOT_WELL_FORMED);
		if (c == frame->quote)
			frame->state = FRAME_START_TAG;
		return FRAME_MORE;
	case FRAME_END_TAG:
		return in_end_tag(frame, c);
	case FRAME_CDATA_START:
		return in_cdata_start(frame, c);
	case FRAME_CDATA:
		in_cdata(frame, c);
		return FRAME_MORE;
	case FRAME_DECLARATION:
		in_declaration(frame, c);
		return FRAME_MORE;
	}
	return FRAME_MORE;
}

/* What was whole has been used. */
static void begin(struct frame *frame)
{
	if (frame->last == FRAME_MORE)
		return;
	if (frame->bytes.cap > KEPT_MAX)
		buf_finish(&frame->bytes);
	buf_reset(&frame->bytes);
	frame->why = NULL;
	frame->nodes = 0;
	frame->last = FRAME_MORE;
}

/* Of all up to the opening tag, without which there is no stream. */
static bool is_too_much(const struct frame *frame, size_t n)
{
	return frame->why || n > STREAM_HEADER_MAX - frame->bytes.len;
}

static enum frame_event keep(
	struct frame *frame, const char *bytes, size_t n, enum frame_event event)
{
	if (frame->why)
		return event;
	if (n > STANZA_BYTES_MAX - frame->bytes.len)
		drop(frame, "it is too long");
	else
		buf_add(&frame->bytes, bytes, n);
	if (frame->bytes.failed)
		drop(frame, "memory is short");
	return frame->why && event == FRAME_STANZA ? FRAME_DROPPED : event;
}

enum frame_event frame_take(struct frame *frame, const char **bytes, size_t *n)
{
	enum frame_event event = FRAME_MORE;
	const char *end = *bytes + *n;
	const char *start = *bytes;
	const char *at = start;

	if (frame->last == FRAME_CLOSING || frame->last == FRAME_BROKEN)
		return frame->last;
	begin(frame);
	while (at < end && event == FRAME_MORE) {
		bool is_header = frame->depth == 0;

		event = take_byte(frame, *at++);
		if (is_header && event != FRAME_BROKEN &&
			is_too_much(frame, (size_t)(at - start)))
			event = broken(frame, "policy-violation");
		if (frame->state == FRAME_TEXT && frame->depth == 1 &&
			event == FRAME_MORE)
			start = at;
	}
	if (event != FRAME_BROKEN && event != FRAME_CLOSING)
		event = keep(frame, start, (size_t)(at - start), event);
	*n = (size_t)(end - at);
	*bytes = at;
	frame->last = event;
	return event;
}
