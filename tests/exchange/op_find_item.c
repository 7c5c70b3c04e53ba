#include "exchange/civil.h"
#include "exchange/operation.h"
#include "exchange/response.h"
#include "exchange/soap.h"
#include "exchange/walk.h"

#include "base/parse.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAX_ITEMS = 1000, // what Exchange finds at most
	MAX_YEARS = 2,
};

/* The properties that are known here, in the order of the schema. */
enum field {
	FIELD_SUBJECT,
	FIELD_SENSITIVITY,
	FIELD_CATEGORIES,
	FIELD_START,
	FIELD_END,
	FIELD_ALL_DAY,
	FIELD_BUSY,
	FIELD_LOCATION,
	FIELD_MEETING,
	FIELD_CANCELLED,
	FIELD_RECURRING,
	FIELD_TYPE,
	FIELD_RESPONSE,
	FIELD_ORGANIZER,
	FIELDS,
};

static const char *const field_uris[FIELDS] = {
	[FIELD_SUBJECT] = "item:Subject",
	[FIELD_SENSITIVITY] = "item:Sensitivity",
	[FIELD_CATEGORIES] = "item:Categories",
	[FIELD_START] = "calendar:Start",
	[FIELD_END] = "calendar:End",
	[FIELD_ALL_DAY] = "calendar:IsAllDayEvent",
	[FIELD_BUSY] = "calendar:LegacyFreeBusyStatus",
	[FIELD_LOCATION] = "calendar:Location",
	[FIELD_MEETING] = "calendar:IsMeeting",
	[FIELD_CANCELLED] = "calendar:IsCancelled",
	[FIELD_RECURRING] = "calendar:IsRecurring",
	[FIELD_TYPE] = "calendar:CalendarItemType",
	[FIELD_RESPONSE] = "calendar:MyResponseType",
	[FIELD_ORGANIZER] = "calendar:Organizer",
};

/* What FindItem with a CalendarView asks for. */
struct asked {
	bool fields[FIELDS];
	int64_t start;
	int64_t end;
	int64_t most;
	bool is_unfriendly;
};

static bool read_attribute(
	const xmlNode *element, const char *name, char *out_text, size_t size)
{
	xmlChar *value = xmlGetNoNsProp(element, (const xmlChar *)name);
	size_t n = value != NULL ? strlen((const char *)value) : size;
	bool fits = n < size;

	if (fits)
		memcpy(out_text, value, n + 1);
	xmlFree(value);
	return fits;
}

static bool read_field(const xmlNode *uri, struct asked *asked)
{
	char text[64];

	if (!read_attribute(uri, "FieldURI", text, sizeof text))
		return false;
	for (size_t i = 0; i < FIELDS; i++) {
		if (strcmp(text, field_uris[i]) == 0) {
			asked->fields[i] = true;
			return true;
		}
	}
	return false;
}

static bool read_shape(const xmlNode *shape, struct asked *asked)
{
	struct walk walk = walk_into(shape);
	char base[32];
	const xmlNode *properties;
	const xmlNode *uri;

	if (!walk_take_text(&walk, "BaseShape", base, sizeof base) ||
		strcmp(base, "IdOnly") != 0)
		return false;
	properties = walk_take(&walk, SOAP_TYPES, "AdditionalProperties");
	walk = walk_into(properties);
	while ((uri = walk_take(&walk, SOAP_TYPES, "FieldURI")) != NULL) {
		if (!read_field(uri, asked))
			return false;
	}
	return walk.next == NULL;
}

static bool read_view(const xmlNode *view, struct asked *asked)
{
	char start[40];
	char end[40];
	char most[16];
	bool start_zone;
	bool end_zone;

	asked->most = MAX_ITEMS;
	if (read_attribute(view, "MaxEntriesReturned", most, sizeof most) &&
		!parse_int64(most, strlen(most), 1, INT64_MAX, &asked->most))
		return false;
	return read_attribute(view, "StartDate", start, sizeof start) &&
	       read_attribute(view, "EndDate", end, sizeof end) &&
	       civil_parse(start, &asked->start, &start_zone) &&
	       civil_parse(end, &asked->end, &end_zone) && start_zone && end_zone;
}

static bool is_calendar(const xmlNode *folders)
{
	struct walk walk = walk_into(folders);
	const xmlNode *folder = walk_take(&walk, SOAP_TYPES, "DistinguishedFolderId");
	char id[32];

	return folder != NULL && walk.next == NULL && walk_into(folder).next == NULL &&
	       read_attribute(folder, "Id", id, sizeof id) && strcmp(id, "calendar") == 0;
}

static bool read_request(
	struct visit *visit, const xmlNode *element, struct soap_fault *out_fault)
{
	struct asked *asked = calloc(1, sizeof *asked);
	struct walk walk = walk_into(element);
	const xmlNode *shape = walk_take(&walk, SOAP_MESSAGES, "ItemShape");
	const xmlNode *view = walk_take(&walk, SOAP_MESSAGES, "CalendarView");
	const xmlNode *folders = walk_take(&walk, SOAP_MESSAGES, "ParentFolderIds");

	visit->asked = asked;
	if (asked == NULL)
		return soap_refuse(
			out_fault, "ErrorInternalServerError", 0, "No memory.");
	asked->is_unfriendly = visit->sim->is_unfriendly;
	if (shape == NULL || view == NULL || folders == NULL || walk.next != NULL)
		return soap_misplaced(out_fault, element, walk.next);
	if (!read_shape(shape, asked) || !read_view(view, asked) || !is_calendar(folders))
		return soap_refuse(out_fault, "ErrorInvalidRequest", 0,
			"This simulator finds ids and some properties of the calendar's "
			"items by a CalendarView, and nothing else.");
	if (!visit->envelope.has_name)
		return soap_refuse(out_fault, "ErrorMissingEmailAddress", 0,
			"The account does not have a mailbox associated with it.");
	return true;
}

static const char *code_of(
	const struct calendar_mailbox *mailbox, const struct asked *asked)
{
	if (mailbox->error != NULL)
		return mailbox->error;
	if (asked->end < asked->start)
		return "ErrorCalendarEndDateIsEarlierThanStartDate";
	if (asked->end - asked->start > (int64_t)MAX_YEARS * 366 * CIVIL_DAY)
		return "ErrorCalendarViewRangeTooBig";
	return "NoError";
}

/* To a server that does not expand series an occurrence is nothing. */
static bool is_found(const struct calendar_event *event, const struct asked *asked)
{
	return !(asked->is_unfriendly && event->is_recurring) &&
	       event->start < asked->end && event->end > asked->start;
}

static void put_text(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "<t:%s>", name);
	buf_put_xml(out, text != NULL ? text : "");
	buf_printf(out, "</t:%s>", name);
}

static void put_time(struct buf *out, const char *name, int64_t time)
{
	char text[CIVIL_TEXT];

	civil_format(time, text);
	buf_printf(out, "<t:%s>%sZ</t:%s>", name, text, name);
}

static void put_flag(struct buf *out, const char *name, bool flag)
{
	put_text(out, name, flag ? "true" : "false");
}

/* A property that an item has not is left out. */
static void put_field(
	struct buf *out, enum field field, const struct calendar_event *event)
{
	bool is_meeting = event->response[0] != '\0';

	switch (field) {
	case FIELD_SUBJECT:
		put_text(out, "Subject", event->subject);
		return;
	case FIELD_SENSITIVITY:
		put_text(out, "Sensitivity", event->is_private ? "Private" : "Normal");
		return;
	case FIELD_CATEGORIES:
		if (event->category[0] == '\0')
			return;
		buf_puts(out, "<t:Categories>");
		put_text(out, "String", event->category);
		buf_puts(out, "</t:Categories>");
		return;
	case FIELD_START:
		put_time(out, "Start", event->start);
		return;
	case FIELD_END:
		put_time(out, "End", event->end);
		return;
	case FIELD_ALL_DAY:
		put_flag(out, "IsAllDayEvent", event->is_all_day);
		return;
	case FIELD_BUSY:
		put_text(out, "LegacyFreeBusyStatus", calendar_busy_name(event->busy));
		return;
	case FIELD_LOCATION:
		put_text(out, "Location", event->location);
		return;
	case FIELD_MEETING:
		put_flag(out, "IsMeeting", is_meeting);
		return;
	case FIELD_CANCELLED:
		put_flag(out, "IsCancelled", event->is_cancelled);
		return;
	case FIELD_RECURRING:
		put_flag(out, "IsRecurring", event->is_recurring);
		return;
	case FIELD_TYPE:
		put_text(out, "CalendarItemType",
			event->is_recurring ? "Occurrence" : "Single");
		return;
	case FIELD_RESPONSE:
		put_text(out, "MyResponseType",
			is_meeting ? event->response : "Organizer");
		return;
	case FIELD_ORGANIZER:
		buf_puts(out, "<t:Organizer><t:Mailbox>");
		put_text(out, "Name",
			event->organizer[0] != '\0' ? event->organizer
						    : "Carol Organizer");
		buf_puts(out, "</t:Mailbox></t:Organizer>");
		return;
	case FIELDS:
		return;
	}
}

static void put_item(
	struct buf *out, const struct asked *asked, const struct calendar_event *event)
{
	buf_printf(out, "<t:CalendarItem><t:ItemId Id=\"AAMk%lld\" ChangeKey=\"DwAA\"/>",
		(long long)event->id);
	for (size_t i = 0; i < FIELDS; i++) {
		if (asked->fields[i])
			put_field(out, (enum field)i, event);
	}
	buf_puts(out, "</t:CalendarItem>");
}

static void put_items(
	struct visit *visit, const struct calendar_mailbox *mailbox, struct buf *out)
{
	const struct asked *asked = visit->asked;
	int64_t most = asked->most < MAX_ITEMS ? asked->most : MAX_ITEMS;
	int64_t n = 0;

	for (size_t i = 0; i < mailbox->count; i++)
		n += is_found(&mailbox->events[i], asked);
	buf_printf(out,
		"<m:RootFolder TotalItemsInView=\"%lld\" IncludesLastItemInRange=\"%s\">"
		"<t:Items>",
		(long long)n, n <= most ? "true" : "false");
	for (size_t i = 0; i < mailbox->count && most > 0; i++) {
		if (!is_found(&mailbox->events[i], asked))
			continue;
		put_item(out, asked, &mailbox->events[i]);
		visit->deviates |= mailbox->events[i].busy == CALENDAR_UNHEARD_OF;
		most--;
	}
	buf_puts(out, "</t:Items>");
	if (asked->is_unfriendly)
		buf_puts(out, "<t:Groups/>");
	buf_puts(out, "</m:RootFolder>");
}

static void put(struct visit *visit, const struct twist *twist, struct buf *out)
{
	const struct calendar_mailbox *mailbox = visit->roll.entries[0].mailbox;
	const struct asked *asked = visit->asked;
	const char *code = code_of(mailbox, asked);

	visit->deviates |= asked->is_unfriendly; // t:Groups belongs in the place of items
	response_open(out, "FindItem", code, twist);
	if (strcmp(code, "NoError") == 0)
		put_items(visit, mailbox, out);
	response_close(out, "FindItem");
}

const struct operation op_find_item = {
	.name = "FindItem",
	.element = "FindItem",
	.read = read_request,
	.put = put,
};
