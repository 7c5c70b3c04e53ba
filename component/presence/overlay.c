#include "component/presence/overlay.h"

#include "component/presence/calendars.h"
#include "component/presence/replies.h"

/* Automatic replies are the strongest that a calendar can say. */
static enum cal_state state_of(const struct person *person)
{
	return replies_are_on(person) ? CAL_OOF : calendar_state(person);
}

const struct overlay *overlay_of(const struct person *person)
{
	const struct overlay *overlay =
		&person->engine->config->mapping.of[state_of(person)];

	return overlay->active ? overlay : NULL;
}

int64_t overlay_next_change(const struct person *person)
{
	int64_t calendar = calendar_next_change(person);
	int64_t replies = replies_next_change(person);

	return calendar < replies ? calendar : replies;
}
