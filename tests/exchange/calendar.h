#ifndef EXCHANGE_CALENDAR_H
#define EXCHANGE_CALENDAR_H

#include "exchange/oof.h"
#include "exchange/stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uthash.h>

/*
 * The mailboxes of the organisation and what is in their calendars. Mailboxes are made
 * and changed, never removed, so that a pointer to one stays good.
 */
enum calendar_busy {
	CALENDAR_FREE,
	CALENDAR_TENTATIVE,
	CALENDAR_BUSY,
	CALENDAR_OOF,
	CALENDAR_ELSEWHERE,
	CALENDAR_NO_DATA,
	CALENDAR_UNHEARD_OF, // no state of the schema
};

/* What a view has in it: t:FreeBusyViewType as Exchange itself keeps it. */
enum {
	VIEW_NONE = 0,
	VIEW_MERGED = 1,  // MergedOnly
	VIEW_EVENTS = 2,  // FreeBusy; FreeBusyMerged is 3
	VIEW_DETAILS = 4, // Detailed is 6, DetailedMerged 7
	VIEW_ALL = 7,
};

enum {
	CALENDAR_MAX_MAILBOXES = 200000,
	CALENDAR_MAX_EVENTS = 10000, // of one mailbox
	CALENDAR_SERVER = 32,
	CALENDAR_ERROR_TEXT = 240,
};

struct calendar_event {
	int64_t id;
	int64_t start;
	int64_t end;
	char *subject;  // owned, or NULL
	char *location; // owned, or NULL
	enum calendar_busy busy;
	bool is_private;
	bool is_recurring;
	/* FindItem alone tells of these */
	bool is_cancelled;
	bool is_all_day;
	char response[24];  // t:MyResponseType of a meeting; "": an appointment
	char category[64];  // "": none
	char organizer[64]; // a name; "": Carol Organizer
};

struct calendar_mailbox {
	UT_hash_handle hh;
	char *address;                // owned; the key, in small letters
	char server[CALENDAR_SERVER]; // that has it; empty: the first one
	char *error; // owned; the response code that it answers, NULL: none
	char error_text[CALENDAR_ERROR_TEXT]; // what it says with it; empty: as usual
	struct calendar_event *events;        // owned, by start
	size_t count;
	size_t capacity;
	struct calendar_oof oof;
	unsigned allowed;  // VIEW_ bits that the caller has a right to
	bool is_legacy;    // of Exchange 2003: has digits only, and says so
	bool is_forbidden; // nothing may be asked in its name: EWS is off for it
	bool is_pending;   // its mail tips are not found out in time
	int newest;        // version that its server takes, envelope_version(); 0: any
	int64_t asked;     // in requests of any operation
	int64_t reads;     // free/busy answered without an error, to the last byte
	int64_t operations[STATS_OPERATIONS]; // requests about it by operation
};

enum calendar_change {
	CALENDAR_ADDED,
	CALENDAR_CANCELLED,
};

struct calendar {
	struct calendar_mailbox *mailboxes; // owned
	/* Told of every change; may be NULL. */
	void (*changed)(void *context, const struct calendar_mailbox *mailbox,
		enum calendar_change change, int64_t event);
	void *context;
	int64_t next_id;
};

void calendar_finish(struct calendar *calendar);

/* NULL if there is none. */
struct calendar_mailbox *calendar_find(
	const struct calendar *calendar, const char *address);
/* Finds it or makes it; NULL when out of memory or over the maximum. */
struct calendar_mailbox *calendar_get(struct calendar *calendar, const char *address);

/* Copies what event points to and gives it the next id; 0 when that is not possible. */
int64_t calendar_add(struct calendar *calendar, struct calendar_mailbox *mailbox,
	const struct calendar_event *event);
bool calendar_cancel(struct calendar *calendar, int64_t id);
void calendar_clear(struct calendar *calendar, struct calendar_mailbox *mailbox);
/* Takes NULL or "" for none. */
bool calendar_set_error(struct calendar_mailbox *mailbox, const char *code);

const char *calendar_busy_name(enum calendar_busy busy);
bool calendar_busy_parse(const char *name, enum calendar_busy *out_busy);
const char *calendar_view_name(unsigned view);
bool calendar_view_parse(const char *name, size_t n, unsigned *out_view);

#endif
