#include "component/calendars/calendar.h"

#include <string.h>

static int64_t lifetime_s(const struct people *people)
{
	return OOF_INTERVALS * people->config->calendar.replies_interval_s;
}

bool oof_is_known(const struct person *person, int64_t t)
{
	const struct people *people = person->people;
	const struct store_replies *oof = &person->calendar->oof;

	return people->config->calendar.automatic_replies && oof->at != 0 &&
	       t < oof->at + lifetime_s(people);
}

bool oof_is_on(const struct person *person, int64_t t)
{
	const struct store_replies *oof = &person->calendar->oof;

	return oof_is_known(person, t) && oof->from <= t && t < oof->to;
}

int64_t oof_next_edge(const struct person *person, int64_t t)
{
	const struct store_replies *oof = &person->calendar->oof;
	int64_t forgotten = oof->at + lifetime_s(person->people);
	int64_t end = oof->to < forgotten ? oof->to : forgotten;

	if (!oof_is_known(person, t) || t >= end || oof->from >= end)
		return AGENDA_NEVER;
	return t < oof->from ? oof->from : end;
}

/* What was heard is never newer than now, whatever a worker's clock may say. */
static bool is_credible(const struct people *people, int64_t at)
{
	return at != 0 && at <= people_now_s(people) + 1;
}

void oof_learn(struct person *person, const struct gateway_oof *oof)
{
	struct calendar *calendar = person->calendar;

	if (!is_credible(person->people, oof->at))
		return;
	calendar->oof =
		(struct store_replies){.at = oof->at, .from = oof->from, .to = oof->to};
	store_put_replies(person->people->store, person->jid->text, calendar->address,
		&calendar->oof);
	person_touch(person);
}

static void restore(void *context, const char *jid, const char *mailbox,
	const struct store_replies *replies)
{
	struct people *people = context;
	struct person *person = people_get(people, jid);

	/* Another mailbox since then: it was somebody else who replied. */
	if (!person || strcmp(person->calendar->address, mailbox) != 0 ||
		!is_credible(people, replies->at))
		return;
	person->calendar->oof = *replies;
	person_touch(person);
}

bool oof_restore(struct people *people)
{
	return store_each_replies(people->store, restore, people);
}

void calendars_sweep(struct people *people)
{
	store_forget_replies_before(
		people->store, people_now_s(people) - lifetime_s(people));
}
