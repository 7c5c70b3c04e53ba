#include "component/store/internal.h"

void store_touch_person(struct store *store, const char *person, int64_t now)
{
	const struct store_value row[] = {store_text(person), store_number(now)};

	store_write(store, STORE_TOUCH_PERSON, row, 2);
}

void store_forget_before(
	struct store *store, int64_t calendars_before, int64_t people_before)
{
	static const enum store_statement of_people[] = {STORE_PAST_SUBSCRIPTIONS,
		STORE_PAST_OVERLAYS, STORE_PAST_SOURCES, STORE_PAST_PRESENCES,
		STORE_PAST_HOMES, STORE_PAST_PEOPLE};
	const struct store_value calendars = store_number(calendars_before);
	const struct store_value people = store_number(people_before);

	store_write(store, STORE_PAST_CALENDARS, &calendars, 1);
	for (size_t i = 0; i < sizeof(of_people) / sizeof(of_people[0]); i++)
		store_write(store, of_people[i], &people, 1);
}

void store_forget_person(struct store *store, const char *person)
{
	static const enum store_statement all[] = {STORE_FORGET_SUBSCRIPTIONS,
		STORE_FORGET_SOURCE, STORE_FORGET_OVERLAYS, STORE_FORGET_PRESENCES,
		STORE_FORGET_CALENDAR, STORE_FORGET_REPLIES, STORE_DEL_HOME,
		STORE_FORGET_PERSON};
	const struct store_value key = store_text(person);

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		store_write(store, all[i], &key, 1);
}
