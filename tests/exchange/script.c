#include "exchange/script.h"

#include "exchange/civil.h"

#include "base/parse.h"

#include <stdio.h>
#include <string.h>

enum {
	MAX_LINE = 1000,
	MAX_SPAN = 366 * 100, // of a relative time, in days
};

static bool parse_span(const char *text, int64_t *out_seconds)
{
	size_t n = strlen(text);
	int64_t unit = 1;
	int64_t value;

	if (n > 0 && strchr("smhd", text[n - 1]) != NULL) {
		--n;
		unit = text[n] == 's'   ? 1
		       : text[n] == 'm' ? 60
		       : text[n] == 'h' ? 3600
					: CIVIL_DAY;
	}
	if (!parse_int64(text, n, 0, (int64_t)MAX_SPAN * CIVIL_DAY / unit, &value))
		return false;
	*out_seconds = value * unit;
	return true;
}

bool script_parse_time(const char *text, int64_t now, int64_t base, int64_t *out_seconds)
{
	bool from_now = strncmp(text, "now", 3) == 0;
	int64_t from = from_now ? now : base;
	bool has_zone;
	int64_t span;

	if (from_now)
		text += 3;
	if (from_now && *text == '\0') {
		*out_seconds = now;
		return true;
	}
	if (*text != '+' && *text != ' ' && !(from_now && *text == '-'))
		return !from_now && civil_parse(text, out_seconds, &has_zone);
	if (!parse_span(text + 1, &span))
		return false;
	*out_seconds = *text == '-' ? from - span : from + span;
	return true;
}

/* Cuts the next word off. */
static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " \t");
	size_t n = strcspn(word, " \t");

	*line = word + n;
	if (**line != '\0')
		*(*line)++ = '\0';
	return word;
}

static const char *after(const char *word, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(word, prefix, n) == 0 ? word + n : NULL;
}

static const char *do_mailbox(struct calendar *calendar, char *line)
{
	const char *address = next_word(&line);
	struct calendar_mailbox *mailbox;

	if (*address == '\0')
		return "a mailbox needs an address";
	mailbox = calendar_get(calendar, address);
	if (mailbox == NULL)
		return "too many mailboxes";
	for (const char *word = next_word(&line); *word != '\0';
		word = next_word(&line)) {
		const char *error = after(word, "error=");
		const char *view = after(word, "view=");

		if (error != NULL && !calendar_set_error(mailbox, error))
			return "out of memory";
		if (error == NULL &&
			(view == NULL || !calendar_view_parse(
						 view, strlen(view), &mailbox->allowed)))
			return "not error=CODE or view=VIEW";
	}
	return NULL;
}

static const char *read_attributes(char *line, struct calendar_event *event)
{
	for (;;) {
		char *word = line + strspn(line, " \t");

		if (after(word, "subject=") != NULL) {
			event->subject = word + strlen("subject=");
			return NULL;
		}
		word = next_word(&line);
		if (*word == '\0')
			return NULL;
		if (strcmp(word, "private") == 0)
			event->is_private = true;
		else if (strcmp(word, "recurring") == 0)
			event->is_recurring = true;
		else if (after(word, "location=") != NULL)
			event->location = word + strlen("location=");
		else
			return "not private, recurring, location=WORD or subject=TEXT";
	}
}

static const char *do_event(struct calendar *calendar, char *line, int64_t now)
{
	struct calendar_mailbox *mailbox;
	struct calendar_event event = {0};
	const char *address = next_word(&line);
	const char *start = next_word(&line);
	const char *end = next_word(&line);
	const char *busy = next_word(&line);
	const char *error;

	if (!script_parse_time(start, now, now, &event.start))
		return "the start is no time";
	if (!script_parse_time(end, now, event.start, &event.end))
		return "the end is no time";
	if (!calendar_busy_parse(busy, &event.busy))
		return "not Free, Tentative, Busy, OOF, WorkingElsewhere or NoData";
	error = read_attributes(line, &event);
	if (error != NULL)
		return error;
	mailbox = calendar_get(calendar, address);
	if (mailbox == NULL || calendar_add(calendar, mailbox, &event) == 0)
		return "the calendar is full";
	return NULL;
}

static const char *do_line(struct calendar *calendar, char *line, int64_t now)
{
	char *command = next_word(&line);

	if (*command == '\0' || *command == '#')
		return NULL;
	if (strcmp(command, "mailbox") == 0)
		return do_mailbox(calendar, line);
	if (strcmp(command, "event") == 0)
		return do_event(calendar, line, now);
	return "neither mailbox nor event";
}

bool script_run(struct calendar *calendar, const char *text, size_t n, int64_t now,
	char out_error[SCRIPT_ERROR_TEXT])
{
	const char *end = text + n;

	for (unsigned number = 1; text < end; number++) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((eol != NULL ? eol : end) - text);
		const char *error = "too long";
		char line[MAX_LINE];

		if (length < sizeof line) {
			memcpy(line, text, length);
			line[length] = '\0';
			line[strcspn(line, "\r")] = '\0';
			error = do_line(calendar, line, now);
		}
		if (error != NULL) {
			(void)snprintf(out_error, SCRIPT_ERROR_TEXT, "line %u: %s",
				number, error);
			return false;
		}
		text += length + 1;
	}
	return true;
}
