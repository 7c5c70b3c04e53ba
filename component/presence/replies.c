#include "component/presence/replies.h"

#include "component/presence/calendars.h"
#include "component/presence/people.h"
#include "component/presence/publisher.h"

#include <string.h>

static int64_t lifetime_s(const struct engine *engine)
{
	return REPLIES_INTERVALS * engine->config->calendar.replies_interval_s;
}

bool replies_are_known(const struct person *person)
{
	const struct engine *engine = person->engine;

	return engine->config->calendar.automatic_replies && person->replies.at != 0 &&
	       now_s(engine) < person->replies.at + lifetime_s(engine);
}

bool replies_are_on(const struct person *person)
{
	const struct store_replies *replies = &person->replies;
	int64_t now = now_s(person->engine);

	return replies_are_known(person) && replies->from <= now && now < replies->to;
}

int64_t replies_next_change(const struct person *person)
{
	const struct store_replies *replies = &person->replies;
	int64_t now = now_s(person->engine);
	int64_t forgotten = replies->at + lifetime_s(person->engine);
	int64_t end = replies->to < forgotten ? replies->to : forgotten;

	if (!replies_are_known(person) || now >= end || replies->from >= end)
		return AGENDA_NEVER;
	return now < replies->from ? replies->from : end;
}

/* A word is never newer than now, whatever a worker's clock may say. */
static bool is_credible(const struct engine *engine, int64_t at)
{
	return at != 0 && at <= now_s(engine) + 1;
}

void replies_on_word(
	struct engine *engine, unsigned gateway, const struct gateway_replies *word)
{
	struct person *person = calendars_whose(engine, gateway, word->mailbox);

	if (person == NULL || !is_credible(engine, word->at))
		return;
	person->replies = (struct store_replies){
		.at = word->at, .from = word->from, .to = word->to};
	store_put_replies(engine->ports.store, person->jid->text,
		person->calendar.address, &person->replies);
	publisher_update(person);
}

static void restore(void *context, const char *jid, const char *mailbox,
	const struct store_replies *replies)
{
	struct engine *engine = context;
	struct person *person = people_get(engine, jid);

	/* Another mailbox since then: it was somebody else who replied. */
	if (person == NULL || person->calendar.address == NULL ||
		strcmp(person->calendar.address, mailbox) != 0 ||
		!is_credible(engine, replies->at))
		return;
	person->replies = *replies;
}

bool replies_restore(struct engine *engine)
{
	return store_each_replies(engine->ports.store, restore, engine);
}

void replies_sweep(struct engine *engine)
{
	store_forget_replies_before(
		engine->ports.store, now_s(engine) - lifetime_s(engine));
}
