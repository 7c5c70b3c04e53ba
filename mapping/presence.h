#ifndef MAPPING_PRESENCE_H
#define MAPPING_PRESENCE_H

#include "mapping/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Availability in order of reachability (RFC 6121 section 4.7.2.1 names the values; no
 * <show/> is SHOW_AVAILABLE, type='unavailable' is SHOW_OFFLINE). */
enum show {
	SHOW_CHAT,
	SHOW_AVAILABLE,
	SHOW_AWAY,
	SHOW_XA,
	SHOW_DND,
	SHOW_OFFLINE,
};

/* "chat", "available", ... "offline": for people. */
const char *show_name(enum show show);
/* The text of <show/>, or NULL where none is sent (available, offline). */
const char *show_element(enum show show);
/* The show of a <show/> text: unknown text is SHOW_AVAILABLE, as RFC 6121 has clients do.
 */
enum show show_from_element(const char *text);

/* A status is a list of texts, one a language; lang "" is the stream's default. */
struct status_text {
	const char *lang; // borrowed
	const char *text; // borrowed
};

struct status {
	size_t n;
	const struct status_text *texts; // borrowed
};

/* What a calendar state does to presence. */
struct overlay {
	bool active;    // false: this state leaves presence alone
	bool keep_show; // true: only the status is replaced
	enum show show;
	struct status status;
};

/* The overlay of each state; [CAL_UNKNOWN] and [CAL_FREE] are never active. */
struct overlay_map {
	struct overlay of[CAL_STATES];
};

/* The states that have an active overlay: 1 << enum cal_state of each. */
unsigned overlay_map_shown(const struct overlay_map *map);

/* A person's show and status, as she set it or as it is to be seen. Texts are borrowed.
 */
struct presence {
	enum show show;
	struct status status;
};

/* Lays an overlay on own presence: show is the less reachable of both, status the
 * overlay's, except that own dnd keeps its own; offline stays offline. An overlay never
 * makes anyone more reachable. overlay may be NULL. */
struct presence overlay_apply(const struct overlay *overlay, struct presence own);

/* What choosing among a person's resources looks at. */
struct presence_rank {
	int priority; // -128 to 127, RFC 6121 section 4.7.2.3
	enum show show;
	int64_t changed; // any clock, larger is later
};

#define PRESENCE_NONE SIZE_MAX

/* Which of n resources stands for the person: of those that are available with priority
 * >= 0 the highest priority, then the most reachable, then the latest change.
 * PRESENCE_NONE if there is none. */
size_t presence_pick(const struct presence_rank *ranks, size_t n);

#endif
