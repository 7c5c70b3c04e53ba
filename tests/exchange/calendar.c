#include "exchange/calendar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const busy_names[] = {
	[CALENDAR_FREE] = "Free",
	[CALENDAR_TENTATIVE] = "Tentative",
	[CALENDAR_BUSY] = "Busy",
	[CALENDAR_OOF] = "OOF",
	[CALENDAR_ELSEWHERE] = "WorkingElsewhere",
	[CALENDAR_NO_DATA] = "NoData",
	[CALENDAR_UNHEARD_OF] = "InTransit",
};

static const struct {
	const char *name;
	unsigned view;
} view_names[] = {
	{"None", VIEW_NONE},
	{"MergedOnly", VIEW_MERGED},
	{"FreeBusy", VIEW_EVENTS},
	{"FreeBusyMerged", VIEW_EVENTS | VIEW_MERGED},
	{"Detailed", VIEW_EVENTS | VIEW_DETAILS},
	{"DetailedMerged", VIEW_ALL},
};

const char *calendar_busy_name(enum calendar_busy busy)
{
	return busy_names[busy];
}

bool calendar_busy_parse(const char *name, enum calendar_busy *out_busy)
{
	for (size_t i = 0; i < sizeof busy_names / sizeof *busy_names; i++) {
		if (strcasecmp(name, busy_names[i]) == 0) {
			*out_busy = (enum calendar_busy)i;
			return true;
		}
	}
	return false;
}

const char *calendar_view_name(unsigned view)
{
	for (size_t i = 0; i < sizeof view_names / sizeof *view_names; i++) {
		if (view_names[i].view == view)
			return view_names[i].name;
	}
	return view_names[0].name;
}

bool calendar_view_parse(const char *name, size_t n, unsigned *out_view)
{
	for (size_t i = 0; i < sizeof view_names / sizeof *view_names; i++) {
		if (strlen(view_names[i].name) == n &&
			memcmp(view_names[i].name, name, n) == 0) {
			*out_view = view_names[i].view;
			return true;
		}
	}
	return false;
}

static char *small_letters(const char *address)
{
	char *copy = strdup(address);

	for (char *c = copy; c != NULL && *c != '\0'; ++c)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

static struct calendar_mailbox *find_key(const struct calendar *calendar, const char *key)
{
	struct calendar_mailbox *mailbox;

	HASH_FIND_STR(calendar->mailboxes, key, mailbox);
	return mailbox;
}

struct calendar_mailbox *calendar_find(
	const struct calendar *calendar, const char *address)
{
	struct calendar_mailbox *mailbox;
	char *key = small_letters(address);

	if (key == NULL)
		return NULL;
	mailbox = find_key(calendar, key);
	free(key);
	return mailbox;
}

struct calendar_mailbox *calendar_get(struct calendar *calendar, const char *address)
{
	struct calendar_mailbox *mailbox = NULL;
	char *key = small_letters(address);

	if (key == NULL)
		return NULL;
	mailbox = find_key(calendar, key);
	if (mailbox != NULL || HASH_COUNT(calendar->mailboxes) >= CALENDAR_MAX_MAILBOXES)
		goto free_key;
	mailbox = calloc(1, sizeof *mailbox);
	if (mailbox == NULL)
		goto free_key;
	mailbox->address = key;
	mailbox->allowed = VIEW_ALL;
	HASH_ADD_KEYPTR(hh, calendar->mailboxes, mailbox->address, strlen(key), mailbox);
	return mailbox;
free_key:
	free(key);
	return mailbox;
}

static void finish_event(struct calendar_event *event)
{
	free(event->subject);
	free(event->location);
}

static bool copy_text(const char *text, char **out_copy)
{
	*out_copy = text == NULL || *text == '\0' ? NULL : strdup(text);
	return *out_copy != NULL || text == NULL || *text == '\0';
}

static bool make_room(struct calendar_mailbox *mailbox)
{
	size_t capacity = mailbox->capacity > 0 ? mailbox->capacity * 2 : 8;
	struct calendar_event *events;

	if (mailbox->count < mailbox->capacity)
		return true;
	if (mailbox->count >= CALENDAR_MAX_EVENTS)
		return false;
	events = realloc(mailbox->events, capacity * sizeof *events);
	if (events == NULL)
		return false;
	mailbox->events = events;
	mailbox->capacity = capacity;
	return true;
}

static void tell(struct calendar *calendar, const struct calendar_mailbox *mailbox,
	enum calendar_change change, int64_t event)
{
	if (calendar->changed != NULL)
		calendar->changed(calendar->context, mailbox, change, event);
}

int64_t calendar_add(struct calendar *calendar, struct calendar_mailbox *mailbox,
	const struct calendar_event *event)
{
	struct calendar_event copy = *event;
	size_t at = mailbox->count;

	if (!make_room(mailbox) || !copy_text(event->subject, &copy.subject))
		return 0;
	if (!copy_text(event->location, &copy.location)) {
		free(copy.subject);
		return 0;
	}
	copy.id = ++calendar->next_id;
	while (at > 0 && mailbox->events[at - 1].start > copy.start)
		--at;
	memmove(mailbox->events + at + 1, mailbox->events + at,
		(mailbox->count - at) * sizeof copy);
	mailbox->events[at] = copy;
	++mailbox->count;
	tell(calendar, mailbox, CALENDAR_ADDED, copy.id);
	return copy.id;
}

bool calendar_cancel(struct calendar *calendar, int64_t id)
{
	struct calendar_mailbox *mailbox;
	struct calendar_mailbox *next;

	HASH_ITER (hh, calendar->mailboxes, mailbox, next) {
		for (size_t i = 0; i < mailbox->count; i++) {
			struct calendar_event *event = mailbox->events + i;

			if (event->id != id)
				continue;
			finish_event(event);
			--mailbox->count;
			memmove(event, event + 1, (mailbox->count - i) * sizeof *event);
			tell(calendar, mailbox, CALENDAR_CANCELLED, id);
			return true;
		}
	}
	return false;
}

void calendar_clear(struct calendar *calendar, struct calendar_mailbox *mailbox)
{
	for (size_t i = 0; i < mailbox->count; i++) {
		finish_event(mailbox->events + i);
		tell(calendar, mailbox, CALENDAR_CANCELLED, mailbox->events[i].id);
	}
	mailbox->count = 0;
}

bool calendar_set_error(struct calendar_mailbox *mailbox, const char *code)
{
	char *copy;

	if (!copy_text(code, &copy))
		return false;
	free(mailbox->error);
	mailbox->error = copy;
	return true;
}

void calendar_finish(struct calendar *calendar)
{
	struct calendar_mailbox *mailbox = calendar->mailboxes;

	calendar->changed = NULL;
	HASH_CLEAR(hh, calendar->mailboxes);
	while (mailbox != NULL) {
		struct calendar_mailbox *next = mailbox->hh.next;

		calendar_clear(calendar, mailbox);
		free(mailbox->events);
		free(mailbox->address);
		free(mailbox->error);
		free(mailbox);
		mailbox = next;
	}
}
