#include "component/sources/sources_private.h"

#include "base/jid.h"
#include "base/log.h"
#include "base/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ECHOES_A_ROUND 8
/* The first round leaves the server time to say what it is. */
#define BEGIN_MS 1000
/* Between rounds: at first and while something is lost, and else. */
#define SOON_MS 2000
#define PAUSE_MS 30000
#define SOON_ROUNDS 3
/* Rounds in a row without a loss after which the other stream is gone. */
#define CLEAN_ROUNDS 4

#define NAME "echo-"

/* ------------------------------------------------------------------ sending */

/* From and to an address of its own each, so that a server that chooses the stream by
 * address (domain_balancing of ejabberd) does not choose the same for all. */
static void send(const struct people *people, uint64_t number)
{
	struct buf text;

	buf_init(&text, OUTBOX_STANZA_MAX);
	buf_puts(&text, "<message type='headline' id='");
	buf_put_xml(&text, outbox_id(people->outbox));
	for (int i = 0; i < 2; i++)
		buf_printf(&text, "' %s='" NAME "%" PRIu64 "@%s", i == 0 ? "from" : "to",
			number, people->self->text);
	buf_puts(&text, "'/>");
	if (!text.failed)
		(void)outbox_stanza(people->outbox, NULL, NULL, text.data, text.len);
	buf_finish(&text);
}

static void begin_round(const struct people *people)
{
	struct duplicate_stream *duplicate = &people->sources->duplicate;

	duplicate->rounds++;
	duplicate->unjudged += duplicate->sent - duplicate->round;
	duplicate->unjudged_back += duplicate->back;
	duplicate->back = 0;
	duplicate->round = duplicate->sent;
	for (int i = 0; i < ECHOES_A_ROUND; i++)
		send(people, duplicate->sent++);
}

/* Whether the server may let another stream of our name in, as far as is known. */
static bool may_be(const struct people *people)
{
	const struct domain *domain = people->domains;

	while (domain && strcmp(domain->software, "Prosody") == 0)
		domain = domain->hh.next;
	return domain != NULL;
}

static void on_tick(struct timer *timer, int64_t now_ms)
{
	struct people *people = TIMER_OF(timer, struct sources, echoes)->people;
	const struct duplicate_stream *duplicate = &people->sources->duplicate;
	bool soon = duplicate->found || duplicate->rounds < SOON_ROUNDS;

	if (!people->up || people->stopping || !may_be(people))
		return;
	timers_set(&people->mono, timer, now_ms + (soon ? SOON_MS : PAUSE_MS));
	begin_round(people);
}

unsigned sources_lost_percent(const struct people *people)
{
	const struct duplicate_stream *duplicate = &people->sources->duplicate;

	return duplicate->found ? (unsigned)(duplicate->lost * 100 / duplicate->judged)
				: 0;
}

/* ------------------------------------------------------------------ what comes back */

static void found_loss(struct people *people, uint64_t lost)
{
	struct duplicate_stream *duplicate = &people->sources->duplicate;

	duplicate->lost += lost;
	duplicate->clean = 0;
	if (duplicate->found)
		return;
	duplicate->found = true;
	log_warning(
		"another stream is connected to the server as \"%s\" and gets %u %% of "
		"what is for us, so presence and requests are lost: %s",
		people->self->text, sources_lost_percent(people),
		duplicate->stranger
			? "end the second calpresence that has this name"
			: "end a second program that has this name, or the old "
			  "connection at the server (ss -K at its component port, or a "
			  "restart)");
	timers_set(
		&people->mono, &people->sources->echoes, people->now.mono_ms + SOON_MS);
}

static void found_none(const struct people *people)
{
	struct duplicate_stream *duplicate = &people->sources->duplicate;

	if (!duplicate->found || ++duplicate->clean < CLEAN_ROUNDS)
		return;
	duplicate->found = false;
	duplicate->stranger = false;
	duplicate->judged = 0;
	duplicate->lost = 0;
	log_info("all that is for \"%s\" comes here again: the stream is begun anew to "
		 "learn what was lost",
		people->self->text);
	people->sources->reconnect(people->sources->context);
}

/* An echo of this round is back, and so are all of earlier ones that come at all. */
static void judge(struct people *people)
{
	struct duplicate_stream *duplicate = &people->sources->duplicate;
	uint64_t asked = duplicate->unjudged;
	uint64_t lost = asked - duplicate->unjudged_back;

	duplicate->unjudged = 0;
	duplicate->unjudged_back = 0;
	if (asked == 0)
		return;
	if (duplicate->found || lost > 0)
		duplicate->judged += asked;
	if (lost > 0)
		found_loss(people, lost);
	else
		found_none(people);
}

static void on_number(struct people *people, uint64_t number)
{
	struct duplicate_stream *duplicate = &people->sources->duplicate;

	if (number >= duplicate->sent || number < duplicate->round - duplicate->unjudged)
		return;
	if (number < duplicate->round) {
		duplicate->unjudged_back++;
		return;
	}
	judge(people);
	duplicate->back++;
}

bool duplicate_stream_on_message(struct people *people, const struct element *message)
{
	const char *from = element_attr(message, "from");
	const char *id = element_attr(message, "id");
	const size_t n = strlen(NAME);
	int64_t number;
	struct jid jid;

	/* The server lets nobody but a stream of our name use this domain. */
	if (!from || !id || !jid_parse(from, &jid) ||
		strcmp(jid.domain, people->self->text) != 0 ||
		strncmp(jid.local, NAME, n) != 0 ||
		!parse_int64(jid.local + n, strlen(jid.local) - n, 0, INT64_MAX, &number))
		return false;
	if (strcmp(id, outbox_id(people->outbox)) == 0)
		on_number(people, (uint64_t)number);
	else
		people->sources->duplicate.stranger = true;
	return true;
}

/* ------------------------------------------------------------------ streams */

void duplicate_stream_init(struct people *people)
{
	people->sources->echoes.fire = on_tick;
}

void duplicate_stream_link_up(struct people *people)
{
	struct duplicate_stream *duplicate = &people->sources->duplicate;

	duplicate->round = duplicate->sent;
	duplicate->unjudged = 0;
	duplicate->unjudged_back = 0;
	duplicate->back = 0;
	duplicate->rounds = 0;
	duplicate->clean = 0;
	timers_set(
		&people->mono, &people->sources->echoes, people->now.mono_ms + BEGIN_MS);
}
