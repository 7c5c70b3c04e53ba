#ifndef COMPONENT_XMPP_LINK_SCHEDULE_H
#define COMPONENT_XMPP_LINK_SCHEDULE_H

#include "component/xmpp/link.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * When the link pings, when it gives a stream up and when it tries again: arithmetic on
 * the monotonic clock that it is handed. No I/O.
 */
#define LINK_PING_EVERY_MS (60 * 1000)
#define LINK_MISSES_MAX 2

struct link_schedule {
	uint64_t random;
	unsigned losses; // in a row, without a stream that held
	int64_t up_ms;   // when the stream came up, -1 while it is not
	int64_t next_try_ms;
	int64_t next_check_ms;
	bool pinged; // since the last check
	bool heard;  // since the last check
	unsigned misses;
};

/* The first try is due at once. */
void link_schedule_init(struct link_schedule *schedule, uint32_t seed, int64_t now_ms);
void link_schedule_up(struct link_schedule *schedule, int64_t now_ms);
/* The stream ended or did not come up: sets next_try_ms. */
void link_schedule_lost(
	struct link_schedule *schedule, enum link_loss loss, int64_t now_ms);

/* Anything was received. */
void link_schedule_heard(struct link_schedule *schedule);

enum link_check { LINK_CHECK_FINE, LINK_CHECK_PING, LINK_CHECK_DEAD };

/* What is due on a stream that is up: a ping has to be sent when it says so, and the
 * stream is dead when LINK_MISSES_MAX of them in a row brought nothing. Sets
 * next_check_ms. */
enum link_check link_schedule_check(struct link_schedule *schedule, int64_t now_ms);

#endif
