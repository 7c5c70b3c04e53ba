#include "exchange/op_availability.h"

#include "exchange/civil.h"
#include "exchange/soap.h"

#include <string.h>

enum {
	MAX_ENTRIES = 1000,
};

#define SERVER_NAME "EXCH01"
#define EXCEPTIONS "Microsoft.Exchange.InfoWorker.Common.Availability."

/* Not the zone of the request: who reads its times by this one is an hour off. */
#define WORKING_HOURS                                                                    \
	"<WorkingHours xmlns=\"" SOAP_TYPES                                              \
	"\"><TimeZone><Bias>-60</Bias><StandardTime>"                                    \
	"<Bias>0</Bias><Time>03:00:00</Time><DayOrder>5</DayOrder><Month>10</Month>"     \
	"<DayOfWeek>Sunday</DayOfWeek></StandardTime><DaylightTime><Bias>-60</Bias>"     \
	"<Time>02:00:00</Time><DayOrder>5</DayOrder><Month>3</Month>"                    \
	"<DayOfWeek>Sunday</DayOfWeek></DaylightTime></TimeZone><WorkingPeriodArray>"    \
	"<WorkingPeriod><DayOfWeek>Monday Tuesday Wednesday Thursday Friday</DayOfWeek>" \
	"<StartTimeInMinutes>480</StartTimeInMinutes>"                                   \
	"<EndTimeInMinutes>1020</EndTimeInMinutes></WorkingPeriod></WorkingPeriodArray>" \
	"</WorkingHours>"

static bool is_in_window(
	const struct availability *asked, const struct calendar_event *event)
{
	if (event->end <= event->start)
		return event->start >= asked->start && event->start < asked->end;
	return event->start < asked->end && event->end > asked->start;
}

/* The response code of one mailbox (NULL: not known here), "NoError" if all is well. */
static const char *code_of(const struct availability *asked, const char *address,
	const struct calendar_mailbox *mailbox)
{
	size_t entries = 0;

	if (strchr(address, '@') == NULL)
		return "ErrorInvalidSmtpAddress";
	if (mailbox == NULL)
		return asked->is_unfriendly ? "ErrorCannotFindUser"
					    : "ErrorMailRecipientNotFound";
	if (mailbox->error != NULL)
		return mailbox->error;
	if (farm_sick(asked->farm, mailbox) != NULL)
		return "ErrorServerBusy";
	if (mailbox->newest > 0 && asked->version > mailbox->newest)
		return "ErrorInvalidSchemaVersionForMailboxVersion";
	if (mailbox->is_legacy && asked->view != VIEW_MERGED)
		return "ErrorLegacyMailboxFreeBusyViewTypeNotMerged";
	for (size_t i = 0; i < mailbox->count; i++)
		entries += is_in_window(asked, mailbox->events + i);
	return entries > MAX_ENTRIES ? "ErrorResultSetTooBig" : "NoError";
}

/* e:ExceptionCode, where the field has seen one. */
static const char *exception_number(const char *code)
{
	static const char *const numbers[][2] = {
		{"ErrorMailRecipientNotFound", "5009"},
		{"ErrorServiceDiscoveryFailed", "5021"},
		{"ErrorInvalidSmtpAddress", "5035"},
		{"ErrorNoFreeBusyAccess", "5037"},
	};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (strcmp(code, numbers[i][0]) == 0)
			return numbers[i][1];
	}
	return NULL;
}

static const char *text_of(const struct calendar_mailbox *mailbox)
{
	return mailbox != NULL && mailbox->error_text[0] != '\0' ? mailbox->error_text
								 : NULL;
}

/* Nothing but the message. */
static void put_error_of_gromox(struct buf *buf, const char *code, const char *text)
{
	buf_puts(buf, "<ResponseMessage ResponseClass=\"Error\"><MessageText>");
	buf_put_xml(buf, text != NULL ? text : "E-3125: failed to get user maildir");
	buf_puts(buf, "</MessageText><ResponseCode>");
	buf_put_xml(buf, code);
	buf_puts(buf, "</ResponseCode><DescriptiveLinkKey>0</DescriptiveLinkKey>"
		      "</ResponseMessage>");
}

static void put_error(
	struct buf *buf, const char *code, const char *address, const char *text)
{
	const char *number = exception_number(code);
	const char *name = strncmp(code, "Error", 5) == 0 ? code + 5 : code;

	buf_puts(buf, "<ResponseMessage ResponseClass=\"Error\"><MessageText>");
	if (text != NULL) {
		buf_put_xml(buf, text);
	} else if (strcmp(code, "ErrorMailRecipientNotFound") == 0) {
		buf_puts(buf, "Unable to resolve e-mail address &lt;&gt;SMTP:");
		buf_put_xml(buf, address);
		buf_puts(buf, " to an Active Directory object.");
	} else {
		buf_puts(buf, "The free/busy data could not be read: ");
		buf_put_xml(buf, name);
	}
	buf_puts(buf, "</MessageText><ResponseCode>");
	buf_put_xml(buf, code);
	buf_puts(buf,
		"</ResponseCode><DescriptiveLinkKey>0</DescriptiveLinkKey><MessageXml>"
		"<ExceptionType xmlns=\"" SOAP_ERRORS "\">" EXCEPTIONS);
	buf_put_xml(buf, name);
	buf_puts(buf, "Exception</ExceptionType>");
	if (number != NULL) {
		buf_puts(buf, "<ExceptionCode xmlns=\"" SOAP_ERRORS "\">");
		buf_puts(buf, number);
		buf_puts(buf, "</ExceptionCode>");
	}
	buf_puts(buf,
		"<ExceptionServerName xmlns=\"" SOAP_ERRORS "\">" SERVER_NAME
		"</ExceptionServerName></MessageXml></ResponseMessage><FreeBusyView>"
		"<FreeBusyViewType xmlns=\"" SOAP_TYPES "\">None</FreeBusyViewType>"
		"</FreeBusyView>");
}

/* Of two states in one interval the one with the higher rank is shown. */
static int rank_of_digit(char digit)
{
	return digit == '4' ? 1 : digit == '0' ? 0 : digit - '0' + 1;
}

static void put_merged(struct buf *buf, const struct availability *asked,
	const struct calendar_mailbox *mailbox)
{
	static const char digits[] = {
		[CALENDAR_FREE] = '0',
		[CALENDAR_TENTATIVE] = '1',
		[CALENDAR_BUSY] = '2',
		[CALENDAR_OOF] = '3',
		[CALENDAR_ELSEWHERE] = '4',
		[CALENDAR_NO_DATA] = '4',
		[CALENDAR_UNHEARD_OF] = '2',
	};
	int64_t step = asked->interval_s;
	int64_t slots = (asked->end - asked->start + step - 1) / step;
	size_t first;

	buf_puts(buf, "<MergedFreeBusy xmlns=\"" SOAP_TYPES "\">");
	first = buf->len;
	for (int64_t i = 0; i < slots; i++)
		buf_add(buf, "0", 1);
	for (size_t i = 0; i < mailbox->count && !buf->failed; i++) {
		const struct calendar_event *event = mailbox->events + i;
		char digit = digits[event->busy];
		int64_t from = (event->start - asked->start) / step;
		int64_t until = (event->end - asked->start + step - 1) / step;

		if (!is_in_window(asked, event))
			continue;
		for (int64_t at = from > 0 ? from : 0; at < until && at < slots; at++) {
			char *slot = buf->data + first + at;

			if (rank_of_digit(digit) > rank_of_digit(*slot))
				*slot = digit;
		}
	}
	buf_puts(buf, "</MergedFreeBusy>");
}

static void put_bool(struct buf *buf, const char *name, bool value)
{
	buf_puts(buf, "<");
	buf_puts(buf, name);
	buf_puts(buf, value ? ">true</" : ">false</");
	buf_puts(buf, name);
	buf_puts(buf, ">");
}

static void put_details(struct buf *buf, const struct calendar_event *event)
{
	buf_printf(buf, "<CalendarEventDetails><ID>00000000%016llX</ID>",
		(unsigned long long)event->id);
	if (!event->is_private) {
		buf_puts(buf, "<Subject>");
		buf_put_xml(buf, event->subject != NULL ? event->subject : "");
		buf_puts(buf, "</Subject><Location>");
		buf_put_xml(buf, event->location != NULL ? event->location : "");
		buf_puts(buf, "</Location>");
	}
	put_bool(buf, "IsMeeting", true);
	put_bool(buf, "IsRecurring", event->is_recurring);
	put_bool(buf, "IsException", false);
	put_bool(buf, "IsReminderSet", true);
	put_bool(buf, "IsPrivate", event->is_private);
	buf_puts(buf, "</CalendarEventDetails>");
}

/* An hour ahead of UTC, and without a colon, or in the zone of the request. */
static void put_time(struct buf *buf, const struct availability *asked, int64_t utc_s)
{
	char text[CIVIL_TEXT];

	civil_format(
		asked->is_unfriendly ? utc_s + 3600 : zone_to_local(&asked->zone, utc_s),
		text);
	buf_add(buf, text, CIVIL_TEXT - 1);
	if (asked->is_unfriendly)
		buf_puts(buf, "+0100");
}

static void put_event(struct buf *buf, const struct availability *asked,
	const struct calendar_event *event, unsigned view)
{
	buf_puts(buf, "<CalendarEvent><StartTime>");
	put_time(buf, asked, event->start);
	buf_puts(buf, "</StartTime><EndTime>");
	put_time(buf, asked, event->end);
	buf_puts(buf, "</EndTime><BusyType>");
	buf_puts(buf, calendar_busy_name(event->busy));
	buf_puts(buf, "</BusyType>");
	if ((view & VIEW_DETAILS) != 0)
		put_details(buf, event);
	buf_puts(buf, "</CalendarEvent>");
}

/* Those of a day around the window as well, the last one first, in an array that may be
 * empty. */
static void put_events_unfriendly(struct buf *buf, const struct availability *asked,
	const struct calendar_mailbox *mailbox, unsigned view)
{
	struct availability around = *asked;

	around.start -= CIVIL_DAY;
	around.end += CIVIL_DAY;
	buf_puts(buf, "<CalendarEventArray xmlns=\"" SOAP_TYPES "\">");
	for (size_t i = mailbox->count; i-- > 0;) {
		if (is_in_window(&around, mailbox->events + i))
			put_event(buf, asked, mailbox->events + i, view);
	}
	buf_puts(buf, "</CalendarEventArray>");
}

/* The array is absent, not empty, when nothing is in the window. */
static void put_events(struct buf *buf, const struct availability *asked,
	const struct calendar_mailbox *mailbox, unsigned view)
{
	bool any = false;

	for (size_t i = 0; i < mailbox->count; i++) {
		const struct calendar_event *event = mailbox->events + i;

		if (!is_in_window(asked, event))
			continue;
		if (!any)
			buf_puts(buf, "<CalendarEventArray xmlns=\"" SOAP_TYPES "\">");
		any = true;
		put_event(buf, asked, event, view);
	}
	if (any)
		buf_puts(buf, "</CalendarEventArray>");
}

/* What is asked and allowed; who may see digits only gets these whatever was asked. */
static unsigned granted_view(const struct availability *asked, unsigned allowed)
{
	return allowed == VIEW_MERGED ? VIEW_MERGED : asked->view & allowed;
}

static void put_view(struct buf *buf, const struct availability *asked,
	const struct calendar_mailbox *mailbox)
{
	unsigned view = granted_view(asked, mailbox->allowed);

	buf_puts(buf, "<FreeBusyView><FreeBusyViewType xmlns=\"" SOAP_TYPES "\">");
	buf_put_xml(buf, asked->view_name[0] != '\0' ? asked->view_name
						     : calendar_view_name(view));
	buf_puts(buf, "</FreeBusyViewType>");
	if ((view & VIEW_MERGED) != 0)
		put_merged(buf, asked, mailbox);
	if ((view & VIEW_EVENTS) != 0 && asked->is_unfriendly)
		put_events_unfriendly(buf, asked, mailbox, view);
	else if ((view & VIEW_EVENTS) != 0)
		put_events(buf, asked, mailbox, view);
	if ((mailbox->allowed & VIEW_EVENTS) != 0 && !asked->is_unfriendly)
		buf_puts(buf, WORKING_HOURS);
	buf_puts(buf, "</FreeBusyView>");
}

static void put_success(struct buf *buf, const struct availability *asked,
	const struct calendar_mailbox *mailbox, const struct twist *twist)
{
	buf_puts(buf, "<ResponseMessage ResponseClass=\"Success\">");
	if (twist->message != NULL) {
		buf_puts(buf, "<MessageText>");
		buf_puts(buf, twist->message);
		buf_puts(buf, "</MessageText>");
	}
	buf_puts(buf, "<ResponseCode>NoError</ResponseCode></ResponseMessage>");
	put_view(buf, asked, mailbox);
}

static void put_no(struct buf *buf, const struct availability *asked, const char *code,
	const struct roll_entry *entry)
{
	const char *text = text_of(entry->mailbox);

	if (asked->is_unfriendly)
		put_error_of_gromox(buf, code, text);
	else
		put_error(buf, code, entry->address, text);
}

static void put_mailboxes(struct buf *buf, const struct availability *asked,
	const struct roll *roll, const struct twist *twist)
{
	buf_puts(buf, "<FreeBusyResponseArray>");
	for (size_t i = 0; i + twist->leave_out < roll->count; i++) {
		const struct roll_entry *entry = roll->entries + i;
		const char *code = code_of(asked, entry->address, entry->mailbox);

		buf_puts(buf, "<FreeBusyResponse>");
		if (strcmp(code, "NoError") == 0)
			put_success(buf, asked, entry->mailbox, twist);
		else
			put_no(buf, asked, code, entry);
		buf_puts(buf, "</FreeBusyResponse>");
	}
	buf_puts(buf, "</FreeBusyResponseArray>");
}

static bool has_state_of_no_schema(const struct roll *roll)
{
	for (size_t i = 0; i < roll->count; i++) {
		const struct calendar_mailbox *mailbox = roll->entries[i].mailbox;

		for (size_t k = 0; mailbox != NULL && k < mailbox->count; k++) {
			if (mailbox->events[k].busy == CALENDAR_UNHEARD_OF)
				return true;
		}
	}
	return false;
}

static void put(struct visit *visit, const struct twist *twist, struct buf *out)
{
	const struct availability *asked = visit->asked;

	visit->deviates |= asked->is_unfriendly || asked->view_name[0] != '\0' ||
			   has_state_of_no_schema(&visit->roll);
	buf_puts(out, "<GetUserAvailabilityResponse xmlns=\"" SOAP_MESSAGES "\">");
	if (asked->has_options)
		put_mailboxes(out, asked, &visit->roll, twist);
	if (asked->has_suggestions)
		buf_puts(out, "<SuggestionsResponse><ResponseMessage "
			      "ResponseClass=\"Success\"><ResponseCode>NoError"
			      "</ResponseCode></ResponseMessage></SuggestionsResponse>");
	buf_puts(out, "</GetUserAvailabilityResponse>");
}

static void done(struct visit *visit)
{
	const struct roll *roll = &visit->roll;

	for (size_t i = 0; i < roll->count; i++) {
		struct calendar_mailbox *mailbox = roll->entries[i].mailbox;
		const char *code =
			code_of(visit->asked, roll->entries[i].address, mailbox);

		if (strcmp(code, "NoError") != 0)
			continue;
		mailbox->reads++;
		visit->sim->stats.reads++;
	}
}

const struct operation op_availability = {
	.name = "GetUserAvailability",
	.element = "GetUserAvailabilityRequest",
	.read = op_availability_read,
	.put = put,
	.done = done,
};
