#include "component/presence/rooms.h"

#include "component/presence/publisher.h"

#include <stdlib.h>

bool rooms_init(struct engine *engine)
{
	engine->rooms = calloc(1, sizeof(*engine->rooms));
	if (engine->rooms == NULL)
		return false;
	engine->rooms->engine = engine;
	engine->rooms->complete = true;
	return true;
}

void rooms_finish(struct engine *engine)
{
	free(engine->rooms);
}

void rooms_link_up(struct engine *engine)
{
	engine->rooms->synced = true;
	publisher_update_domain(engine->rooms);
}

void rooms_link_down(struct engine *engine)
{
	engine->rooms->synced = false;
}

bool person_is_room(const struct person *person)
{
	return person->server == person->engine->rooms;
}

const char *rooms_name(const struct engine *engine, const char *address)
{
	const struct config_user *room;
	char bare[JID_SIZE];
	struct jid jid;

	if (address == NULL || !jid_parse(address, &jid))
		return NULL;
	jid_print_bare(&jid, bare);
	room = config_room_for(engine->config, bare);
	return room == NULL ? NULL : room->name;
}
