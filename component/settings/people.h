#ifndef COMPONENT_SETTINGS_PEOPLE_H
#define COMPONENT_SETTINGS_PEOPLE_H

#include "component/settings/reader.h"

/* A user and where it stands. */
struct config_person {
	struct config_user user; // first, as its JID is in it
	const char *file;        // the snapshot's, or the reader's path
	unsigned line;
	size_t order;
	bool is_room; // it came without a JID; config_rooms_name() gives it its address
};

/* The users of `users` and `users_file` while they are read. */
struct config_people {
	struct config_person *list; // owned
	size_t n;
	size_t cap;
	bool overflow; // more than CONFIG_USERS_MAX; noted once
};

void config_people_add(struct config_reader *reader, const struct config_user *user,
	const char *file, unsigned line);
/* Checks the users against each other and the rest, and moves them into the snapshot,
 * which then knows the domains that it serves. */
void config_people_settle(struct config_reader *reader);
void config_people_finish(struct config_people *people);

/* rooms.c: gives the rooms their addresses; tells what people have one of these. */
void config_rooms_name(struct config_reader *reader);
void config_rooms_check(struct config_reader *reader, const struct config_person *person);

#endif
