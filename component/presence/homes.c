#include "component/presence/homes.h"

#include <stdlib.h>
#include <string.h>

/* Where a mailbox was found that is not where the configuration has it. */
struct home {
	UT_hash_handle hh; // engine::homes, by the pointer `jid`
	struct name *jid;  // owned reference
	int gateway;
};

/* ------------------------------------------------------------------ the configuration */

static size_t candidates(const struct engine *engine,
	const struct config_mailbox *mailbox, int out_gateways[CONFIG_GATEWAYS_MAX])
{
	const struct config_gateway *gateways[CONFIG_GATEWAYS_MAX];
	size_t n = config_gateways_for(
		engine->config, mailbox->address, mailbox->gateway, gateways);

	for (size_t i = 0; i < n; i++)
		out_gateways[i] = (int)(gateways[i] - engine->config->gateways);
	return n;
}

size_t homes_candidates(
	const struct person *person, int out_gateways[CONFIG_GATEWAYS_MAX])
{
	struct config_mailbox mailbox;

	if (!config_mailbox_for(person->engine->config, person->jid->text, &mailbox))
		return 0;
	return candidates(person->engine, &mailbox, out_gateways);
}

int homes_first(const struct person *person)
{
	int gateways[CONFIG_GATEWAYS_MAX];

	return homes_candidates(person, gateways) > 0 ? gateways[0] : -1;
}

const char *homes_gateway_name(const struct engine *engine, int gateway)
{
	return gateway < 0 ? NULL : engine->config->gateways[gateway].name;
}

/* ------------------------------------------------------------------ what was learnt */

static struct home *find(const struct engine *engine, const struct name *jid)
{
	struct home *home = NULL;

	HASH_FIND(hh, engine->homes, &jid, sizeof(jid), home);
	return home;
}

static void remember(struct engine *engine, struct name *jid, int gateway)
{
	struct home *home = find(engine, jid);

	if (home == NULL) {
		home = calloc(1, sizeof(*home));
		if (home == NULL)
			return; // it is found again after a restart
		home->jid = name_ref(jid);
		HASH_ADD(hh, engine->homes, jid, sizeof(home->jid), home);
	}
	home->gateway = gateway;
}

static void drop(struct engine *engine, struct home *home)
{
	/* The analyzer takes the head of the table for the entry that was freed before.
	 */
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	HASH_DELETE(hh, engine->homes, home);
	names_put(engine->ports.names, home->jid);
	free(home);
}

void homes_learn(struct person *person)
{
	struct engine *engine = person->engine;
	const struct calendar *calendar = &person->calendar;

	if (calendar->gateway == homes_first(person)) {
		homes_forget(person);
		return;
	}
	remember(engine, person->jid, calendar->gateway);
	store_put_home(engine->ports.store, person->jid->text, calendar->address,
		homes_gateway_name(engine, calendar->gateway), now_s(engine));
}

void homes_forget(struct person *person)
{
	struct home *home = find(person->engine, person->jid);

	if (home == NULL)
		return;
	store_del_home(person->engine->ports.store, person->jid->text);
	drop(person->engine, home);
}

static void restore(
	void *context, const char *person, const char *mailbox, const char *gateway)
{
	struct engine *engine = context;
	int gateways[CONFIG_GATEWAYS_MAX];
	struct config_mailbox known;
	struct name *jid;
	size_t n = 0;
	size_t i = 1; // the first needs not be remembered

	if (config_mailbox_for(engine->config, person, &known) &&
		strcmp(known.address, mailbox) == 0)
		n = candidates(engine, &known, gateways);
	while (i < n && strcmp(homes_gateway_name(engine, gateways[i]), gateway) != 0)
		i++;
	if (i >= n) {
		store_del_home(engine->ports.store, person);
		return;
	}
	jid = names_get(engine->ports.names, person);
	if (jid != NULL)
		remember(engine, jid, gateways[i]);
	names_put(engine->ports.names, jid);
}

bool homes_restore(struct engine *engine)
{
	return store_each_home(engine->ports.store, restore, engine);
}

void homes_free_all(struct engine *engine)
{
	struct home *home;
	struct home *next;

	HASH_ITER (hh, engine->homes, home, next)
		drop(engine, home);
}

int homes_choose(const struct engine *engine, const struct name *jid,
	const struct config_mailbox *mailbox)
{
	int gateways[CONFIG_GATEWAYS_MAX];
	const struct home *home = find(engine, jid);

	if (home != NULL)
		return home->gateway;
	return candidates(engine, mailbox, gateways) > 0 ? gateways[0] : -1;
}
