#ifndef COMPONENT_PUBLISH_PUBLISH_H
#define COMPONENT_PUBLISH_PUBLISH_H

#include "base/buf.h"
#include "component/people/people.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The publish modes, as one table. Nothing else sends presence. show() is called by the
 * pass of the engine alone; it compares what is to be seen with what was shown and sends
 * the difference, so that calling it too often costs a comparison and sends nothing.
 */
struct publish_mode {
	const char *name;
	enum config_modes bit;
	bool (*init)(struct people *people); // false: no memory
	void (*finish)(struct people *people);
	bool (*restore)(struct people *people); // from the store; may be NULL
	bool (*dress)(struct person *person);   // may be NULL
	void (*undress)(struct person *person);
	void (*link_down)(struct people *people);
	/* Whether somebody could see her calendar by this mode. */
	bool (*needs)(const struct person *person);
	/* Returns when it wants to be called again though nothing happens, UTC
	 * milliseconds; INT64_MAX: never. */
	int64_t (*show)(struct person *person);
	/* The pass is over for this turn: sends what was collected. May be NULL. */
	void (*settled)(struct people *people);
	/* How many watchers would lose sight of her (or, in mode user, whether she is
	 * overlaid: 1) under another configuration; how many would lose it for good. */
	struct publish_loss (*loss)(
		const struct person *person, const struct config *next);
	/* Takes back what the other configuration does not show any more; NULL: what
	 * nobody speaks for after a clean stop. */
	void (*retract)(struct person *person, const struct config *next);
	/* The stream is about to be closed, at a reload for a moment. May be NULL. */
	void (*stop)(struct people *people);
};

struct publish_loss {
	size_t seen;  // watchers who see something that goes
	size_t ended; // subscriptions that end for good
	size_t kept;  // subscriptions that stay
};

/* All of them, whether or not the configuration has them on. */
extern const struct publish_mode *const publish_modes[];
#define PUBLISH_MODES 2

/* Whether the configuration has this mode on. */
bool publish_is_on(const struct people *people, const struct publish_mode *mode);

/* The same over the modes that are on (init, finish, dress, undress, restore, settled,
 * loss and retract: over all). A function that is NULL does nothing. */
bool publish_init(struct people *people);
void publish_finish(struct people *people);
bool publish_restore(struct people *people);
bool publish_dress(struct person *person);
void publish_undress(struct person *person);
void publish_link_down(struct people *people);
bool publish_needs(const struct person *person);
int64_t publish_show(struct person *person);
void publish_settled(struct people *people);
struct publish_loss publish_loss(const struct person *person, const struct config *next);
void publish_retract(struct person *person, const struct config *next);
void publish_stop(struct people *people);

#endif
