#include "component/publish/user_mode.h"

#include "base/clock.h"
#include "base/log.h"
#include "component/calendars/calendars.h"
#include "component/sources/module.h"
#include "component/sources/sources.h"
#include "component/xmpp/stanza.h"

#include <stdio.h>
#include <stdlib.h>

#include <utlist.h>

/* Iqs with overlays that wait for their answer, a domain. */
#define BATCHES_AT_ONCE 8
/* In one iq whatever the module takes; a person's texts, escaped, have to fit behind. */
#define BATCH_BYTES (32 * 1024)
/* Where another overlay follows at the edge, the module keeps the one before for this
 * long, until it is told the next: nothing shows through between them. */
#define CHAIN_S 10
/* Where the calendar says nothing of an end, and the most that is told at once. */
#define FAR_S (24 * 3600)
/* After a stop the module waits this long for us to come back, before it takes what we
 * told it away. */
#define STOP_LEASE_S 10
/* What the module has from before we were here stays this long, until calendars that have
 * grown stale were read again. */
#define HOLD_MS 8000

/* What the module was told of a person. */
struct told_module {
	struct told_module *before; // in user_domain::waiting
	struct told_module *after;
	struct person *person;
	const struct overlay *overlay; // one of the configuration; NULL: none
	int64_t until;                 // UTC seconds
	unsigned round;                // of the module, in which it was told
	bool waits;                    // it was not sent yet
};

/* ------------------------------------------------------------------ domains */

static void on_hold(struct timer *timer, int64_t now_ms)
{
	struct domain *domain = TIMER_OF(timer, struct domain, told.hold);

	if (domain->synced)
		domain->told.complete_wanted = true;
	else
		timers_set(&domain->people->mono, timer, now_ms + HOLD_MS);
}

static bool init(struct people *people)
{
	for (struct domain *domain = people->domains; domain; domain = domain->hh.next)
		domain->told.hold.fire = on_hold;
	return true;
}

static void finish(struct people *people)
{
	for (struct domain *domain = people->domains; domain; domain = domain->hh.next)
		timers_cancel(&people->mono, &domain->told.hold);
}

static struct told_module *take_waiting(struct domain *domain)
{
	struct told_module *next = domain->told.waiting;

	DL_DELETE2(domain->told.waiting, next, before, after);
	next->waits = false;
	return next;
}

/* What was not sent is told in the next round, as it is then. */
static void link_down(struct people *people)
{
	for (struct domain *domain = people->domains; domain; domain = domain->hh.next) {
		timers_cancel(&people->mono, &domain->told.hold);
		while (domain->told.waiting)
			take_waiting(domain);
	}
}

/* ------------------------------------------------------------- what is to be told */

static bool is_on(const struct people *people)
{
	return publish_is_on(people, &user_mode);
}

static void undress(struct person *person)
{
	if (person->told && person->told->waits)
		DL_DELETE2(person->domain->told.waiting, person->told, before, after);
	free(person->told);
	person->told = NULL;
}

static bool needs(const struct person *person)
{
	return person_is_online(person) && module_can(person->domain, "overlays");
}

/* Until when the module may show the present overlay by itself. */
static int64_t end_of(const struct person *person)
{
	int64_t now = people_now_s(person->people);
	int64_t end = calendar_next_change(person);

	if (end == AGENDA_NEVER || end > now + FAR_S)
		return now + FAR_S;
	return calendar_goes_on(person) ? end + CHAIN_S : end;
}

/* Each reading moves the end of an overlay whose calendar would grow stale: the module is
 * told when half of the time is over, and at once where the end comes sooner. */
static int64_t renew_at(const struct person *person, const struct told_module *told)
{
	return told->until - person->people->config->calendar.stale_after_s / 2;
}

static void tell(struct person *person, const struct overlay *overlay, int64_t until)
{
	struct told_module *told = person->told;

	if (!told) {
		told = person->told = calloc(1, sizeof(*told));
		if (!told)
			return; // at the next touch
		told->person = person;
	}
	told->overlay = overlay;
	told->until = until;
	told->round = module_facts(person->domain)->round;
	log_debug("the module is to be told what a calendar lays on a person jid=\"%s\" "
		  "show=%s until=%lld topic=publish",
		person->jid->text,
		!overlay             ? "none"
		: overlay->keep_show ? "keep"
				     : show_name(overlay->show),
		(long long)until);
	if (told->waits)
		return;
	told->waits = true;
	DL_APPEND2(person->domain->told.waiting, told, before, after);
}

/* What the module has from before this round is told away as soon as it is known that it
 * is wrong; what nobody says anything of goes with the end of the hold. */
static void show_none(struct person *person, bool told_this_round)
{
	bool was_read = calendar_read_at(person) >= module_facts(person->domain)->since &&
			calendar_is_fresh(person);

	if (told_this_round ? person->told->overlay != NULL
			    : was_read && !person->domain->told.complete_sent)
		tell(person, NULL, 0);
}

static int64_t show(struct person *person)
{
	const struct overlay *overlay = calendar_overlay(person);
	const struct told_module *told = person->told;
	bool this_round = told && told->round == module_facts(person->domain)->round;
	int64_t until;

	/* What was told of somebody who went offline ends by itself, or is right when she
	 * comes back. */
	if (!module_can(person->domain, "overlays") || !person_is_online(person) ||
		person->people->stopping)
		return INT64_MAX;
	if (!overlay) {
		show_none(person, this_round);
		return INT64_MAX;
	}
	until = end_of(person);
	if (!this_round || told->overlay != overlay || until < told->until ||
		(until > told->until &&
			people_now_s(person->people) >= renew_at(person, told)))
		tell(person, overlay, until);
	told = person->told;
	return told && told->until < until ? renew_at(person, told) * 1000 : INT64_MAX;
}

/* ------------------------------------------------------------------ telling */

static void put_person(struct buf *xml, const struct told_module *told)
{
	const struct overlay *overlay = told->overlay;
	char until[CLOCK_TEXT_SIZE];

	buf_puts(xml, "<person jid='");
	buf_put_xml(xml, told->person->jid->text);
	if (!overlay) {
		buf_puts(xml, "'/>");
		return;
	}
	/* The module shows the less reachable of both, and chat is the most reachable. */
	clock_print(told->until * 1000, until);
	buf_printf(xml, "' show='%s' until='%s'>",
		overlay->keep_show ? "chat" : show_element(overlay->show), until);
	stanza_put_status(xml, &overlay->status);
	buf_puts(xml, "</person>");
}

static void say_failed(const struct element *overlays)
{
	const struct element *failed = overlays ? element_first(overlays) : NULL;

	for (; failed; failed = element_next(failed)) {
		const char *jid = element_attr(failed, "jid");
		const char *reason = element_attr(failed, "reason");

		if (element_is(failed, MODULE_NS, "failed"))
			log_warning("mod_calpresence did not take what a calendar says "
				    "jid=\"%s\" reason=\"%s\"",
				jid ? jid : "", reason ? reason : "");
	}
}

static void on_told(void *context, struct name *subject, enum iq_answer answer,
	const struct element *iq)
{
	struct people *people = context;
	struct domain *domain = people_domain(people, subject->text);

	if (!domain)
		return;
	domain->told.under_way--;
	switch (answer) {
	case IQ_RESULT:
		say_failed(element_child(iq, MODULE_NS, "overlays"));
		return;
	case IQ_ERROR:
		if (!iq_error_is(iq, "unexpected-request"))
			log_error("mod_calpresence of \"%s\" refuses what calendars say: "
				  "its "
				  "log should say why",
				domain->jid->text);
		module_begin_anew(domain);
		return;
	case IQ_NONE:
		/* What became of it is not known: all is told anew. */
		if (people->up)
			module_begin_anew(domain);
		return;
	}
}

static bool send(struct domain *domain, const char *inside)
{
	bool sent = people_ask(domain->people, domain->jid, "set", inside, on_told);

	domain->told.under_way += sent;
	return sent;
}

static void send_batch(struct domain *domain)
{
	size_t left = module_facts(domain)->max;
	struct buf xml;

	buf_init(&xml, OUTBOX_STANZA_MAX);
	buf_puts(&xml, "<overlays xmlns='" MODULE_NS "'>");
	for (; domain->told.waiting && left > 0 && xml.len < BATCH_BYTES; left--)
		put_person(&xml, take_waiting(domain));
	buf_puts(&xml, "</overlays>");
	/* What was taken off the list and not sent is told in the next round. */
	if (xml.failed || !send(domain, buf_text(&xml)))
		module_begin_anew(domain);
	buf_finish(&xml);
}

static void begin_round(struct domain *domain)
{
	struct people *people = domain->people;
	struct user_domain *told = &domain->told;

	told->round = module_facts(domain)->round;
	told->complete_sent = false;
	told->complete_wanted = !is_on(people);
	if (is_on(people))
		timers_set(&people->mono, &told->hold, people->now.mono_ms + HOLD_MS);
}

static void say_no_module(struct domain *domain)
{
	if (domain->said_no_module)
		return;
	domain->said_no_module = true;
	log_error("publish mode \"user\" is off for \"%s\": %s", domain->jid->text,
		user_mode_off_reason(domain));
}

static void settle_domain(struct domain *domain)
{
	struct people *people = domain->people;
	struct user_domain *told = &domain->told;

	if (!module_can(domain, "overlays")) {
		if (people->up && is_on(people) && domain->hello_done)
			say_no_module(domain);
		return;
	}
	if (told->round != module_facts(domain)->round)
		begin_round(domain);
	while (told->waiting && told->under_way < BATCHES_AT_ONCE)
		send_batch(domain);
	if (!told->waiting && told->complete_wanted && !told->complete_sent &&
		people->n_touched == 0)
		told->complete_sent =
			send(domain, "<overlays xmlns='" MODULE_NS "' complete='true'/>");
}

static void settled(struct people *people)
{
	for (struct domain *domain = people->domains; domain; domain = domain->hh.next)
		settle_domain(domain);
}

/* ------------------------------------------------------------------ reload and stop */

static bool is_told(const struct person *person)
{
	return person->told && person->told->overlay &&
	       person->told->round == module_facts(person->domain)->round;
}

static bool is_shown_by(const struct person *person, const struct config *next)
{
	struct config_mailbox mailbox;

	return (next->publish.modes & CONFIG_MODE_USER) != 0 &&
	       config_mailbox_for(next, person->jid->text, &mailbox);
}

static struct publish_loss loss(const struct person *person, const struct config *next)
{
	return (struct publish_loss){
		.seen = is_told(person) && !is_shown_by(person, next)};
}

/* At a stop what is shown stays right until its time is over: who comes back soon finds
 * it, and otherwise the module takes it away (stop()). */
static void retract(struct person *person, const struct config *next)
{
	if (next && is_told(person) && !is_shown_by(person, next))
		tell(person, NULL, 0);
}

static void stop(struct people *people)
{
	char inside[96];

	(void)snprintf(inside, sizeof(inside),
		"<overlays xmlns='" MODULE_NS "' lease='%d'/>", STOP_LEASE_S);
	for (struct domain *domain = people->domains; domain; domain = domain->hh.next) {
		if (module_can(domain, "overlays"))
			(void)send(domain, inside);
	}
}

void user_mode_forget(struct person *person)
{
	if (!is_told(person) || !module_can(person->domain, "overlays"))
		return;
	tell(person, NULL, 0);
	while (person->told->waits)
		send_batch(person->domain);
}

bool user_mode_is_telling(const struct people *people)
{
	const struct domain *domain = people->domains;

	while (domain && (!module_can(domain, "overlays") || !domain->told.waiting))
		domain = domain->hh.next;
	return domain != NULL;
}

/* ------------------------------------------------------------------ reports */

const char *user_mode_off_reason(const struct domain *domain)
{
	if (module_can(domain, "overlays"))
		return NULL;
	if (!domain->people->up)
		return "the stream to the server is down";
	if (!domain->hello_done)
		return "whether the server has mod_calpresence is not known yet";
	return "the server has no mod_calpresence that answers this component; install "
	       "it "
	       "as docs/SERVER-MODULE.md says (Prosody: \"calpresence\" in "
	       "modules_enabled "
	       "of the host, and calpresence_components; ejabberd: mod_calpresence with "
	       "components; ejabberd 24.10 to 24.12: without privileges for the "
	       "component)";
}

const struct overlay *user_mode_told(const struct person *person, int64_t *out_until)
{
	if (!is_told(person))
		return NULL;
	*out_until = person->told->until;
	return person->told->overlay;
}

const struct publish_mode user_mode = {
	.name = "user",
	.bit = CONFIG_MODE_USER,
	.init = init,
	.finish = finish,
	.undress = undress,
	.link_down = link_down,
	.needs = needs,
	.show = show,
	.settled = settled,
	.loss = loss,
	.retract = retract,
	.stop = stop,
};
