#include "exchange/op_availability.h"

#include "exchange/civil.h"
#include "exchange/request_zone.h"
#include "exchange/walk.h"

#include "base/parse.h"

#include <stdlib.h>
#include <string.h>

/* The limits of the service, and the numbers of its faults: 5002 has been seen in the
 * field, the others are invented. */
enum {
	MAX_MAILBOXES = 100,
	MAX_WINDOW_DAYS = 62,
	DEFAULT_INTERVAL_MIN = 30,
	NUMBER_WINDOW_TOO_LONG = 5001,
	NUMBER_TOO_MANY = 5002,
	NUMBER_NONE = 5003,
	NUMBER_WINDOW = 5004,
	NUMBER_INTERVAL = 5005,
	NUMBER_VIEW = 5006,
	NUMBER_ZONE = 5007,
};

static bool is_one_of(const char *text, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strcmp(text, *names) == 0)
			return true;
	}
	return false;
}

static bool read_mailbox(const xmlNode *data, struct roll *roll)
{
	static const char *const kinds[] = {
		"Organizer", "Required", "Optional", "Room", "Resource", NULL};
	static const char *const booleans[] = {"true", "false", "0", "1", NULL};
	struct walk walk = walk_into(data);
	const xmlNode *email = walk_take(&walk, SOAP_TYPES, "Email");
	struct walk inner;
	char address[ROLL_MAX_ADDRESS];
	char text[ROLL_MAX_ADDRESS];

	if (email == NULL || !walk_take_text(&walk, "AttendeeType", text, sizeof text) ||
		!is_one_of(text, kinds))
		return false;
	if (walk_take_text(&walk, "ExcludeConflicts", text, sizeof text) &&
		!is_one_of(text, booleans))
		return false;
	inner = walk_into(email);
	(void)walk_take_text(&inner, "Name", text, sizeof text);
	if (!walk_take_text(&inner, "Address", address, sizeof address))
		return false;
	(void)walk_take_text(&inner, "RoutingType", text, sizeof text);
	return walk.next == NULL && inner.next == NULL && roll_add(roll, address);
}

static bool read_mailboxes(
	const xmlNode *array, struct roll *roll, struct soap_fault *out_fault)
{
	struct walk walk = walk_into(array);
	const xmlNode *data;

	while ((data = walk_take(&walk, SOAP_TYPES, "MailboxData")) != NULL) {
		if (!read_mailbox(data, roll))
			return soap_misplaced(out_fault, data, walk_into(data).next);
	}
	return walk.next == NULL || soap_misplaced(out_fault, array, walk.next);
}

static bool take_instant(struct walk *walk, const char *name, const struct zone *zone,
	int64_t *out_seconds)
{
	char text[64];
	bool has_zone;

	if (!walk_take_text(walk, name, text, sizeof text) ||
		!civil_parse(text, out_seconds, &has_zone))
		return false;
	if (!has_zone)
		*out_seconds = zone_to_utc(zone, *out_seconds);
	return true;
}

/* t:FreeBusyViewType is a list: the views together are what they contain. */
static bool read_view(const char *text, unsigned *out_view)
{
	*out_view = VIEW_NONE;
	while (*text != '\0') {
		size_t n = strcspn(text, " \t\r\n");
		unsigned view;

		if (!calendar_view_parse(text, n, &view))
			return false;
		*out_view |= view;
		text += n;
		text += strspn(text, " \t\r\n");
	}
	return true;
}

static bool read_options(
	const xmlNode *options, struct availability *asked, struct soap_fault *out_fault)
{
	struct walk walk = walk_into(options);
	const xmlNode *window = walk_take(&walk, SOAP_TYPES, "TimeWindow");
	int64_t interval = DEFAULT_INTERVAL_MIN;
	struct walk inner;
	char view[200];

	if (window == NULL)
		return soap_misplaced(out_fault, options, walk.next);
	inner = walk_into(window);
	if (!take_instant(&inner, "StartTime", &asked->zone, &asked->start) ||
		!take_instant(&inner, "EndTime", &asked->zone, &asked->end) ||
		inner.next != NULL)
		return soap_misplaced(out_fault, window, inner.next);
	if (walk_is(walk.next, SOAP_TYPES, "MergedFreeBusyIntervalInMinutes") &&
		!walk_take_int(&walk, "MergedFreeBusyIntervalInMinutes", &interval))
		return soap_invalid(out_fault, "the interval is not an xs:int.");
	asked->view = VIEW_EVENTS;
	if (walk_take_text(&walk, "RequestedView", view, sizeof view) &&
		!read_view(view, &asked->view))
		return soap_invalid(out_fault, "the view is not a FreeBusyViewType.");
	asked->interval_s = interval * 60;
	asked->has_options = true;
	return walk.next == NULL || soap_misplaced(out_fault, options, walk.next);
}

static bool read_operation(
	const xmlNode *operation, struct visit *visit, struct soap_fault *out_fault)
{
	struct availability *asked = visit->asked;
	struct walk walk = walk_into(operation);
	const xmlNode *zone = walk_take(&walk, SOAP_TYPES, "TimeZone");
	const xmlNode *array = walk_take(&walk, SOAP_MESSAGES, "MailboxDataArray");
	const xmlNode *options = walk_take(&walk, SOAP_TYPES, "FreeBusyViewOptions");

	asked->has_suggestions =
		walk_take(&walk, SOAP_TYPES, "SuggestionsViewOptions") != NULL;
	if (array == NULL || walk.next != NULL)
		return soap_misplaced(out_fault, operation, walk.next);
	if (zone != NULL)
		asked->has_zone = request_zone_read(zone, &asked->zone);
	if (!asked->has_zone)
		return soap_refuse(out_fault, "ErrorTimeZone", NUMBER_ZONE,
			"The time zone of the request is missing or invalid.");
	return read_mailboxes(array, &visit->roll, out_fault) &&
	       (options == NULL || read_options(options, asked, out_fault));
}

static bool check_window(const struct availability *asked, struct soap_fault *out_fault)
{
	int64_t length = asked->end - asked->start;

	if (length <= 0)
		return soap_refuse(out_fault, "ErrorInvalidTimeInterval", NUMBER_WINDOW,
			"The requested FreeBusyViewOptions.TimeWindow is invalid.");
	if (length > (int64_t)MAX_WINDOW_DAYS * CIVIL_DAY)
		return soap_refuse(out_fault, "ErrorTimeIntervalTooBig",
			NUMBER_WINDOW_TOO_LONG,
			"The requested time duration specified for "
			"FreeBusyViewOptions.TimeWindow is too long. The allowed limit = "
			"%d "
			"days; the actual limit = %lld days.",
			MAX_WINDOW_DAYS,
			(long long)((length + CIVIL_DAY - 1) / CIVIL_DAY));
	return true;
}

static bool check_count(const struct visit *visit, struct soap_fault *out_fault)
{
	int64_t count = (int64_t)visit->roll.count;
	int64_t most = visit->sim->policy.mailboxes;

	if (most == 0)
		most = MAX_MAILBOXES;
	if (count == 0)
		return soap_refuse(out_fault, "ErrorMailboxDataArrayEmpty", NUMBER_NONE,
			"There are no target users in the EmailAddress array.");
	return count <= most ||
	       soap_refuse(out_fault, "ErrorMailboxDataArrayTooBig", NUMBER_TOO_MANY,
		       "There are too many target users in the EmailAddress array. The "
		       "allowed size = %lld; the actual size = %lld.",
		       (long long)most, (long long)count);
}

static bool check_limits(const struct availability *asked, struct soap_fault *out_fault)
{
	int64_t interval = asked->interval_s / 60;

	if (!asked->has_options)
		return asked->has_suggestions ||
		       soap_refuse(out_fault, "ErrorInvalidRequest", 0,
			       "Neither FreeBusyViewOptions nor SuggestionsViewOptions.");
	if (!check_window(asked, out_fault))
		return false;
	if (interval < 5 || interval > 1440)
		return soap_refuse(out_fault, "ErrorInvalidMergedFreeBusyInterval",
			NUMBER_INTERVAL,
			"MergedFreeBusyIntervalInMinutes is %lld, not 5 to 1440.",
			(long long)interval);
	if (asked->view == VIEW_NONE)
		return soap_refuse(out_fault, "ErrorInvalidFreeBusyViewType", NUMBER_VIEW,
			"The requested free/busy view None is invalid.");
	return true;
}

bool op_availability_read(
	struct visit *visit, const xmlNode *element, struct soap_fault *out_fault)
{
	struct availability *asked = calloc(1, sizeof *asked);

	if (asked == NULL)
		return soap_refuse(
			out_fault, "ErrorInternalServerError", 0, "No memory.");
	visit->asked = asked;
	if (visit->envelope.zone != NULL)
		asked->has_zone =
			request_zone_read_context(visit->envelope.zone, &asked->zone);
	asked->version = visit->envelope.version;
	asked->farm = &visit->sim->farm;
	asked->is_unfriendly = visit->sim->is_unfriendly;
	asked->view_name = visit->sim->view;
	return read_operation(element, visit, out_fault) &&
	       check_count(visit, out_fault) && check_limits(asked, out_fault);
}
