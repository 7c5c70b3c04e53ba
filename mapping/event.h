#ifndef MAPPING_EVENT_H
#define MAPPING_EVENT_H

#include <stdint.h>

/* What a calendar says of a stretch of time, weakest first: where events overlap, the
 * strongest counts. `nodata` is Exchange saying that it does not know. */
enum cal_state {
	CAL_FREE,
	CAL_NODATA,
	CAL_ELSEWHERE, // LegacyFreeBusyStatus WorkingElsewhere
	CAL_TENTATIVE,
	CAL_BUSY,
	CAL_OOF,
	CAL_UNKNOWN, // no reading that still counts; never the state of an event
};

#define CAL_STATES (CAL_UNKNOWN + 1)

/* The name that configuration, status and logs use: "free", "nodata", ... "unknown". */
const char *cal_state_name(enum cal_state state);

enum cal_event_flags {
	CAL_EVENT_MEETING = 1 << 0,
	CAL_EVENT_RECURRING = 1 << 1,
	CAL_EVENT_PRIVATE = 1 << 2,
	CAL_EVENT_ALL_DAY = 1 << 3,
	CAL_EVENT_CANCELLED = 1 << 4,
	/* What the owner of the calendar answered to a meeting. */
	CAL_EVENT_DECLINED = 1 << 5,
	CAL_EVENT_ORGANIZER = 1 << 6, // she called it
	CAL_EVENT_ACCEPTED = 1 << 7,
	CAL_EVENT_TENTATIVE = 1 << 8,
	CAL_EVENT_UNANSWERED = 1 << 9,
	/* The entry itself was read, so that a flag that is not set says something. */
	CAL_EVENT_ENTRY = 1 << 10,
	/* Of these one is enough for an event to count as nothing. */
	CAL_EVENT_GONE = CAL_EVENT_CANCELLED | CAL_EVENT_DECLINED,
};

/* Behind the flags there is a bit for each category and organizer that rules name. */
#define CAL_EVENT_WORDS_MAX 32
#define CAL_EVENT_WORD(i) (UINT64_C(1) << (16 + (i)))

/* One calendar entry as it was read: [start, end) in UTC seconds since 1970. */
struct cal_event {
	int64_t start;
	int64_t end;
	enum cal_state state;
	uint64_t flags; // enum cal_event_flags and CAL_EVENT_WORD()
};

#endif
