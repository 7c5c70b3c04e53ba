#include "component/presence/echoes.h"

#include "base/jid.h"
#include "base/log.h"
#include "base/parse.h"
#include "component/presence/publisher.h"
#include "component/presence/servers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The first round leaves the server time to say what it is. */
#define BEGIN_MS 1000
#define SOON_ROUNDS 3

#define NAME "echo-"

/* ------------------------------------------------------------------ sending */

/* From and to an address of its own each, so that a server that chooses the stream by
 * address (domain_balancing of ejabberd) does not choose the same for all. */
static void send(struct engine *engine, uint64_t number)
{
	struct buf text;

	buf_init(&text, OUTBOX_STANZA_MAX);
	buf_puts(&text, "<message type='headline' id='");
	buf_put_xml(&text, outbox_id(engine->ports.outbox));
	for (int i = 0; i < 2; i++)
		buf_printf(&text, "' %s='" NAME "%" PRIu64 "@%s", i == 0 ? "from" : "to",
			number, engine->self->text);
	buf_puts(&text, "'/>");
	if (!text.failed)
		(void)outbox_stanza(
			engine->ports.outbox, NULL, NULL, text.data, text.len);
	buf_finish(&text);
}

static void begin_round(struct engine *engine)
{
	struct echoes *echoes = &engine->echoes;

	echoes->unjudged += echoes->sent - echoes->round;
	echoes->unjudged_back += echoes->back;
	echoes->back = 0;
	echoes->round = echoes->sent;
	for (int i = 0; i < ECHOES_A_ROUND; i++)
		send(engine, echoes->sent++);
}

bool echoes_may_be_shared(const struct engine *engine)
{
	const struct server *server = engine->servers;

	while (server != NULL && strcmp(server->software, "Prosody") == 0)
		server = server->next;
	return server != NULL;
}

/* ------------------------------------------------------------------ what is lost */

/* Where a stream's first words were swallowed, nobody repeats them but to a new one. */
static void see_to_privileges(struct engine *engine)
{
	struct echoes *echoes = &engine->echoes;
	const struct server *server = engine->servers;

	while (server != NULL && (server->privileged || timer_is_set(&server->grace)))
		server = server->next;
	if (server == NULL || !echoes_will_reconnect(engine))
		return;
	echoes->reconnects++;
	log_info("the stream is begun anew: what \"%s\" grants was swallowed, or is "
		 "nothing",
		server->domain);
	engine->ports.reconnect(engine->ports.context);
}

static void repeat(struct engine *engine)
{
	engine->echoes.repeat_ms = engine->now.mono_ms + ECHOES_REPEAT_MS;
	publisher_repeat(engine);
}

static void on_tick(struct timer *timer, int64_t now_ms)
{
	struct engine *engine =
		(struct engine *)((char *)timer - offsetof(struct engine, echoes.timer));
	struct echoes *echoes = &engine->echoes;
	bool soon = echoes->shared || echoes->rounds < SOON_ROUNDS;

	if (!echoes_may_be_shared(engine))
		echoes->shared = false;
	if (!engine->up || engine->stopping || !echoes_may_be_shared(engine))
		return;
	timers_set(
		&engine->mono, timer, now_ms + (soon ? ECHOES_SOON_MS : ECHOES_PAUSE_MS));
	echoes->rounds++;
	begin_round(engine);
	if (!echoes->shared)
		return;
	see_to_privileges(engine);
	if (engine->up && now_ms >= echoes->repeat_ms)
		repeat(engine);
}

/* ------------------------------------------------------------------ what comes back */

static void say_shared(const struct engine *engine)
{
	log_warning(
		"another stream is connected to the server as \"%s\" and gets %u %% of "
		"what is for us, so presence and requests are lost: %s",
		engine->self->text, echoes_lost_percent(engine),
		engine->echoes.stranger
			? "end the second calpresence that has this name"
			: "end a second program that has this name, or the old "
			  "connection at the server (ss -K at its component port, or a "
			  "restart)");
}

static void found_loss(struct engine *engine, uint64_t lost)
{
	struct echoes *echoes = &engine->echoes;

	echoes->lost += lost;
	echoes->clean = 0;
	if (echoes->shared)
		return;
	echoes->shared = true;
	servers_doubt(engine);
	say_shared(engine);
	timers_set(&engine->mono, &echoes->timer, engine->now.mono_ms + ECHOES_SOON_MS);
	repeat(engine);
}

static void found_none(struct engine *engine)
{
	struct echoes *echoes = &engine->echoes;

	if (!echoes->shared || ++echoes->clean < ECHOES_CLEAN_ROUNDS)
		return;
	echoes->shared = false;
	echoes->stranger = false;
	echoes->judged = 0;
	echoes->lost = 0;
	echoes->reconnects = 0;
	log_info("all that is for \"%s\" comes here again", engine->self->text);
	repeat(engine);
}

/* An echo of this round is back, and so are all of earlier ones that come at all. */
static void judge(struct engine *engine)
{
	struct echoes *echoes = &engine->echoes;
	uint64_t asked = echoes->unjudged;
	uint64_t lost = asked - echoes->unjudged_back;

	echoes->unjudged = 0;
	echoes->unjudged_back = 0;
	if (asked == 0)
		return;
	if (echoes->shared || lost > 0)
		echoes->judged += asked;
	if (lost > 0)
		found_loss(engine, lost);
	else
		found_none(engine);
}

static void on_number(struct engine *engine, uint64_t number)
{
	struct echoes *echoes = &engine->echoes;

	if (number >= echoes->sent || number < echoes->round - echoes->unjudged)
		return;
	if (number < echoes->round) {
		echoes->unjudged_back++;
		return;
	}
	judge(engine);
	echoes->back++;
}

bool echoes_on_message(struct engine *engine, const struct element *message)
{
	const char *from = element_attr(message, "from");
	const char *id = element_attr(message, "id");
	const size_t n = strlen(NAME);
	int64_t number;
	struct jid jid;

	/* The server lets nobody but a stream of our name use this domain. */
	if (from == NULL || id == NULL || !jid_parse(from, &jid) ||
		strcmp(jid.domain, engine->self->text) != 0 ||
		strncmp(jid.local, NAME, n) != 0 ||
		!parse_int64(jid.local + n, strlen(jid.local) - n, 0, INT64_MAX, &number))
		return false;
	if (strcmp(id, outbox_id(engine->ports.outbox)) == 0)
		on_number(engine, (uint64_t)number);
	else
		engine->echoes.stranger = true;
	return true;
}

/* ------------------------------------------------------------------ streams */

unsigned echoes_lost_percent(const struct engine *engine)
{
	const struct echoes *echoes = &engine->echoes;

	return echoes->shared ? (unsigned)(echoes->lost * 100 / echoes->judged) : 0;
}

bool echoes_will_reconnect(const struct engine *engine)
{
	const struct echoes *echoes = &engine->echoes;

	return echoes->shared && echoes->reconnects < ECHOES_RECONNECTS_MAX;
}

void echoes_init(struct engine *engine)
{
	engine->echoes.timer.fire = on_tick;
}

void echoes_link_up(struct engine *engine)
{
	struct echoes *echoes = &engine->echoes;

	echoes->round = echoes->sent;
	echoes->unjudged = 0;
	echoes->unjudged_back = 0;
	echoes->back = 0;
	echoes->rounds = 0;
	echoes->clean = 0;
	timers_set(&engine->mono, &echoes->timer, engine->now.mono_ms + BEGIN_MS);
}

void echoes_link_down(struct engine *engine)
{
	timers_cancel(&engine->mono, &engine->echoes.timer);
}
