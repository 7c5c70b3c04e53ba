#include "component/engine_fixture.h"

/* What the server says of people's lists, and Exchange of their calendars. */

#define ANSWER_MAX (4 * 1024 * 1024)

void world_roster(struct world *world, const char *person, const char *const *contacts)
{
	struct buf inside;

	buf_init(&inside, ANSWER_MAX);
	buf_puts(&inside, "<query xmlns='jabber:iq:roster'>");
	for (size_t i = 0; contacts[i] != NULL; i++)
		buf_printf(&inside, "<item jid='%s' subscription='from'/>", contacts[i]);
	buf_puts(&inside, "</query>");
	world_answer_about(world, person, "jabber:iq:roster", buf_text(&inside));
	buf_finish(&inside);
}

void world_blocked(struct world *world, const char *person, const char *items)
{
	struct buf inside;

	buf_init(&inside, ANSWER_MAX);
	buf_printf(&inside,
		"<privilege xmlns='urn:xmpp:privilege:2'><forwarded "
		"xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='result' "
		"id='blocklist'><blocklist xmlns='urn:xmpp:blocking'>%s</blocklist></iq>"
		"</forwarded></privilege>",
		items);
	world_answer_about(world, person, "urn:xmpp:blocking", buf_text(&inside));
	buf_finish(&inside);
}

static void settle(struct world *world)
{
	if (!world->together)
		world_turn(world);
}

void world_meeting(
	struct world *world, int64_t start, int64_t end, enum gateway_busy busy)
{
	int64_t now = world->now.wall_ms / 1000;
	const struct gateway_event event = {
		.start = now + start,
		.end = now + end,
		.busy = (uint8_t)busy,
	};
	const struct gateway_calendar calendar = {
		.mailbox = world->watched,
		.read_at = now,
		.from = now - 3600,
		.to = now + 86400,
		.n = start == end ? 0 : 1,
		.events = &event,
	};

	engine_on_gateway(world->engine, world->watched_gateway,
		&(struct gateway_message){
			.type = GATEWAY_CALENDAR, .calendar = calendar});
	settle(world);
}

void world_replies(struct world *world, int64_t from, int64_t to)
{
	int64_t now = world->now.wall_ms / 1000;
	const struct gateway_oof replies = {
		.mailbox = world->watched, .at = now, .from = now + from, .to = now + to};

	engine_on_gateway(world->engine, 0,
		&(struct gateway_message){.type = GATEWAY_OOF, .oof = replies});
	settle(world);
}
