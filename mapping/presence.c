#include "mapping/presence.h"

#include <assert.h>
#include <string.h>

static const struct {
	const char *name;
	const char *element; // NULL: none is sent
} shows[] = {
	[SHOW_CHAT] = {"chat", "chat"},
	[SHOW_AVAILABLE] = {"available", NULL},
	[SHOW_AWAY] = {"away", "away"},
	[SHOW_XA] = {"xa", "xa"},
	[SHOW_DND] = {"dnd", "dnd"},
	[SHOW_OFFLINE] = {"offline", NULL},
};

#define SHOWS (sizeof(shows) / sizeof(shows[0]))

const char *show_name(enum show show)
{
	assert(show < SHOWS);
	return shows[show].name;
}

const char *show_element(enum show show)
{
	assert(show < SHOWS);
	return shows[show].element;
}

enum show show_from_element(const char *text)
{
	for (size_t i = 0; i < SHOWS; i++)
		if (shows[i].element && strcmp(shows[i].element, text) == 0)
			return (enum show)i;
	return SHOW_AVAILABLE;
}

unsigned overlay_map_shown(const struct overlay_map *map)
{
	unsigned shown = 0;

	for (size_t state = 0; state < CAL_STATES; state++)
		if (map->of[state].active)
			shown |= 1u << state;
	return shown;
}

struct presence overlay_apply(const struct overlay *overlay, struct presence own)
{
	if (!overlay || !overlay->active || own.show == SHOW_OFFLINE)
		return own;

	struct presence seen = own;
	if (!overlay->keep_show && overlay->show > own.show)
		seen.show = overlay->show;
	if (own.show != SHOW_DND)
		seen.status = overlay->status;
	return seen;
}

static bool stands_before(const struct presence_rank *a, const struct presence_rank *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority;
	if (a->show != b->show)
		return a->show < b->show;
	return a->changed > b->changed;
}

size_t presence_pick(const struct presence_rank *ranks, size_t n)
{
	size_t best = PRESENCE_NONE;

	for (size_t i = 0; i < n; i++) {
		if (ranks[i].show == SHOW_OFFLINE || ranks[i].priority < 0)
			continue;
		if (best == PRESENCE_NONE || stands_before(&ranks[i], &ranks[best]))
			best = i;
	}
	return best;
}
