#ifndef EWS_OPERATIONS_FIND_ITEM_H
#define EWS_OPERATIONS_FIND_ITEM_H

#include "ews/operations/availability.h"

/*
 * The categories and organizers that somebody's rules name, so that entries are known by
 * numbers and nothing that people wrote leaves the reader. As a text: a line each, its
 * kind and then the word, in the order of the numbers; at most GATEWAY_KEYWORDS_MAX
 * count.
 */
enum keyword_kind {
	KEYWORD_CATEGORY = 'c',
	KEYWORD_ORGANIZER = 'o', // a name, or an address
};

/* Whether there is any word of this kind. filter may be NULL. */
bool keyword_filter_has(const char *filter, enum keyword_kind kind);
/* The GATEWAY_EVENT_KEYWORD() of those that are the text, the case of ASCII letters
 * aside.
 */
uint64_t keyword_filter_find(
	const char *filter, enum keyword_kind kind, const char *text, size_t n);

/*
 * FindItem with a CalendarView (docs: finditem-operation, calendarview; schema:
 * messages.xsd FindItem, FindItemResponse): the entries of one calendar, recurring ones
 * expanded. What it tells beyond free/busy are the flags of gateway_event. Subject, place
 * and text are never asked for, categories and the organizer where there is a word to
 * compare them with.
 */
struct find_item_query {
	struct soap_envelope envelope; // impersonates the owner of the calendar
	int64_t from;                  // UTC seconds
	int64_t to;
	const char *keyword_filter; // borrowed; NULL: none
};

/* Appends the whole SOAP envelope. Failure shows in buf->failed. */
void find_item_write(struct buf *buf, const struct find_item_query *query);

/* Reads an answer as bytes of an HTTP body, of whatever status, as if it were one to
 * GetUserAvailability for one mailbox: with more entries than Exchange tells at once it
 * is truncated. An entry without a LegacyFreeBusyStatus is busy; what cannot be made out
 * is GATEWAY_BUSY_NODATA. 0, or -1 when out of memory; out_answer is to be finished after
 * 0. */
int find_item_read(const char *bytes, size_t n, const struct find_item_query *query,
	struct availability *out_answer) __attribute__((warn_unused_result));

/* Makes of a fault an answer in which the one mailbox failed; false when out of memory.
 */
bool find_item_fail(struct availability *answer, enum gateway_fault fault);

/* Whether a mailbox's fault says that its entries are not for us to see, so that it is
 * better read by free/busy. */
bool find_item_is_refusal(enum gateway_fault fault);

#endif
