#include "exchange/request.h"

#include "exchange/calendar.h"
#include "exchange/civil.h"
#include "exchange/request_zone.h"
#include "exchange/walk.h"

#include "base/parse.h"

#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

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

static bool invalid(struct soap_fault *out_fault, const char *why)
{
	return soap_refuse(out_fault, "ErrorSchemaValidation", 0,
		"The request failed schema validation: %s", why);
}

static bool misplaced(
	struct soap_fault *out_fault, const xmlNode *parent, const xmlNode *at)
{
	return soap_refuse(out_fault, "ErrorSchemaValidation", 0,
		"The request failed schema validation: The element '%.60s' has invalid "
		"child "
		"element '%.60s' or lacks one that is required.",
		(const char *)parent->name, at != NULL ? (const char *)at->name : "");
}

static bool is_one_of(const char *text, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strcmp(text, *names) == 0)
			return true;
	}
	return false;
}

/* t:ExchangeVersionType. */
static bool check_version(const xmlNode *element, struct soap_fault *out_fault)
{
	static const char *const versions[] = {"Exchange2007", "Exchange2007_SP1",
		"Exchange2009", "Exchange2010", "Exchange2010_SP1", "Exchange2010_SP2",
		"Exchange2012", "Exchange2013", "Exchange2013_SP1", "Exchange2015",
		"Exchange2016", "V2015_10_05", "V2016_01_06", "V2016_04_13",
		"V2016_07_13", "V2016_10_10", "V2017_01_07", "V2017_04_14", "V2017_07_11",
		NULL};
	xmlChar *version = xmlGetNoNsProp(element, (const xmlChar *)"Version");
	bool known = version != NULL && is_one_of((const char *)version, versions);

	xmlFree(version);
	return known || soap_refuse(out_fault, "ErrorInvalidServerVersion", 0,
				"The specified server version is invalid.");
}

static bool read_header(
	const xmlNode *header, struct request *request, struct soap_fault *out_fault)
{
	struct walk walk = walk_into(header);

	for (; walk.next != NULL; (void)walk_take(&walk,
		     (const char *)walk.next->ns->href, (const char *)walk.next->name)) {
		if (walk.next->ns == NULL)
			return misplaced(out_fault, header, walk.next);
		if (walk_is(walk.next, SOAP_TYPES, "RequestServerVersion") &&
			!check_version(walk.next, out_fault))
			return false;
		if (walk_is(walk.next, SOAP_TYPES, "TimeZoneContext"))
			request->has_zone =
				request_zone_read_context(walk.next, &request->zone);
	}
	return true;
}

static bool add_address(struct request *request, const char *address)
{
	size_t capacity = request->capacity > 0 ? request->capacity * 2 : 128;

	if (request->count == request->capacity) {
		char **grown;

		if (capacity > REQUEST_MAX_ADDRESSES * 2)
			return false;
		grown = realloc(request->addresses, capacity * sizeof *grown);
		if (grown == NULL)
			return false;
		request->addresses = grown;
		request->capacity = capacity;
	}
	request->addresses[request->count] = strdup(address);
	return request->addresses[request->count++] != NULL;
}

static bool read_mailbox(const xmlNode *data, struct request *request)
{
	static const char *const kinds[] = {
		"Organizer", "Required", "Optional", "Room", "Resource", NULL};
	static const char *const booleans[] = {"true", "false", "0", "1", NULL};
	struct walk walk = walk_into(data);
	const xmlNode *email = walk_take(&walk, SOAP_TYPES, "Email");
	struct walk inner;
	char address[REQUEST_MAX_ADDRESS];
	char text[REQUEST_MAX_ADDRESS];

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
	return walk.next == NULL && inner.next == NULL && add_address(request, address);
}

static bool read_mailboxes(
	const xmlNode *array, struct request *request, struct soap_fault *out_fault)
{
	struct walk walk = walk_into(array);
	const xmlNode *data;

	while ((data = walk_take(&walk, SOAP_TYPES, "MailboxData")) != NULL) {
		if (!read_mailbox(data, request))
			return misplaced(out_fault, data, walk_into(data).next);
	}
	return walk.next == NULL || misplaced(out_fault, array, walk.next);
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
	const xmlNode *options, struct request *request, struct soap_fault *out_fault)
{
	struct walk walk = walk_into(options);
	const xmlNode *window = walk_take(&walk, SOAP_TYPES, "TimeWindow");
	int64_t interval = DEFAULT_INTERVAL_MIN;
	struct walk inner;
	char view[200];

	if (window == NULL)
		return misplaced(out_fault, options, walk.next);
	inner = walk_into(window);
	if (!take_instant(&inner, "StartTime", &request->zone, &request->start) ||
		!take_instant(&inner, "EndTime", &request->zone, &request->end) ||
		inner.next != NULL)
		return misplaced(out_fault, window, inner.next);
	if (walk_is(walk.next, SOAP_TYPES, "MergedFreeBusyIntervalInMinutes") &&
		!walk_take_int(&walk, "MergedFreeBusyIntervalInMinutes", &interval))
		return invalid(out_fault, "the interval is not an xs:int.");
	request->view = VIEW_EVENTS;
	if (walk_take_text(&walk, "RequestedView", view, sizeof view) &&
		!read_view(view, &request->view))
		return invalid(out_fault, "the view is not a FreeBusyViewType.");
	request->interval_s = interval * 60;
	request->has_options = true;
	return walk.next == NULL || misplaced(out_fault, options, walk.next);
}

static bool read_operation(
	const xmlNode *operation, struct request *request, struct soap_fault *out_fault)
{
	struct walk walk = walk_into(operation);
	const xmlNode *zone = walk_take(&walk, SOAP_TYPES, "TimeZone");
	const xmlNode *array = walk_take(&walk, SOAP_MESSAGES, "MailboxDataArray");
	const xmlNode *options = walk_take(&walk, SOAP_TYPES, "FreeBusyViewOptions");

	request->has_suggestions =
		walk_take(&walk, SOAP_TYPES, "SuggestionsViewOptions") != NULL;
	if (array == NULL || walk.next != NULL)
		return misplaced(out_fault, operation, walk.next);
	if (zone != NULL)
		request->has_zone = request_zone_read(zone, &request->zone);
	if (!request->has_zone)
		return soap_refuse(out_fault, "ErrorTimeZone", NUMBER_ZONE,
			"The time zone of the request is missing or invalid.");
	return read_mailboxes(array, request, out_fault) &&
	       (options == NULL || read_options(options, request, out_fault));
}

static bool check_window(const struct request *request, struct soap_fault *out_fault)
{
	int64_t length = request->end - request->start;

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

static bool check_limits(const struct request *request, struct soap_fault *out_fault)
{
	int64_t interval = request->interval_s / 60;

	if (request->count == 0)
		return soap_refuse(out_fault, "ErrorMailboxDataArrayEmpty", NUMBER_NONE,
			"There are no target users in the EmailAddress array.");
	if (request->count > MAX_MAILBOXES)
		return soap_refuse(out_fault, "ErrorMailboxDataArrayTooBig",
			NUMBER_TOO_MANY,
			"There are too many target users in the EmailAddress array. The "
			"allowed size = %d; the actual size = %zu.",
			MAX_MAILBOXES, request->count);
	if (!request->has_options)
		return request->has_suggestions ||
		       soap_refuse(out_fault, "ErrorInvalidRequest", 0,
			       "Neither FreeBusyViewOptions nor SuggestionsViewOptions.");
	if (!check_window(request, out_fault))
		return false;
	if (interval < 5 || interval > 1440)
		return soap_refuse(out_fault, "ErrorInvalidMergedFreeBusyInterval",
			NUMBER_INTERVAL,
			"MergedFreeBusyIntervalInMinutes is %lld, not 5 to 1440.",
			(long long)interval);
	if (request->view == VIEW_NONE)
		return soap_refuse(out_fault, "ErrorInvalidFreeBusyViewType", NUMBER_VIEW,
			"The requested free/busy view None is invalid.");
	return true;
}

static bool read_envelope(const xmlDoc *doc, struct schema *schema,
	struct request *request, struct soap_fault *out_fault)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	struct walk walk;
	const xmlNode *header;
	const xmlNode *body;
	xmlNode *operation;
	char why[SOAP_FAULT_TEXT];

	if (doc->intSubset != NULL)
		return invalid(out_fault, "DTD is prohibited in this XML document.");
	if (!walk_is(root, SOAP_NS, "Envelope"))
		return invalid(out_fault, "the message is no SOAP 1.1 envelope.");
	walk = walk_into(root);
	header = walk_take(&walk, SOAP_NS, "Header");
	body = walk_take(&walk, SOAP_NS, "Body");
	if (body == NULL || walk.next != NULL)
		return misplaced(out_fault, root, walk.next);
	if (header != NULL && !read_header(header, request, out_fault))
		return false;
	operation = walk_into(body).next;
	if (operation == NULL || operation->ns == NULL ||
		xmlNextElementSibling(operation) != NULL)
		return misplaced(out_fault, body, operation);
	if (schema != NULL && !schema_check(schema, operation, why, sizeof why))
		return invalid(out_fault, why);
	if (!walk_is(operation, SOAP_MESSAGES, "GetUserAvailabilityRequest"))
		return soap_refuse(out_fault, "ErrorInvalidRequest", 0,
			"This simulator does not do %.60s.",
			(const char *)operation->name);
	return read_operation(operation, request, out_fault) &&
	       check_limits(request, out_fault);
}

bool request_read(const char *text, size_t n, struct schema *schema,
	struct request *out_request, struct soap_fault *out_fault)
{
	xmlDoc *doc = NULL;
	bool ok;

	*out_request = (struct request){0};
	if (n <= INT32_MAX)
		doc = xmlReadMemory(text, (int)n, NULL, NULL,
			XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (doc == NULL)
		return invalid(out_fault, "the message is not well-formed XML.");
	ok = read_envelope(doc, schema, out_request, out_fault);
	xmlFreeDoc(doc);
	return ok;
}

void request_finish(struct request *request)
{
	for (size_t i = 0; i < request->count; i++)
		free(request->addresses[i]);
	free(request->addresses);
}
