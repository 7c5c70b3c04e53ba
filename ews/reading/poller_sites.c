#include "ews/reading/poller_sites.h"

#include "base/url.h"
#include "ews/reading/poller_deliver.h"
#include "ews/soap/code.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool has_sites(const struct poller *poller)
{
	return poller->sites && poller->sites->enabled;
}

/* Says why, once for each search. */
static void tell_lost(struct poller *poller, struct mailbox *mailbox,
	const struct sites_answer *answer, const struct moment *now)
{
	if (mailbox->lost_ms == answer->since_ms)
		return;
	mailbox->lost_ms = answer->since_ms;
	struct gateway_failure failure = {.mailbox = mailbox->id,
		.at = now->utc_s,
		.next_try = now->utc_s + (answer->until_ms - now->mono_ms + 999) / 1000,
		.fault = answer->elsewhere ? GATEWAY_FAULT_MAILBOX : GATEWAY_FAULT_CONFIG,
		.code = "",
		.text = answer->text,
		.elsewhere = answer->elsewhere};
	poller->sink.failure(poller->sink.context, &failure);
	poller->lost = sites_is_lost(poller->sites);
	if (!poller->lost)
		return;
	struct verdict why = {.fault = GATEWAY_FAULT_CONFIG};
	(void)snprintf(why.text, sizeof why.text, "%.300s", answer->text);
	poller_trouble(poller, &why);
}

/* One that moved is asked for at once, however long it was to wait. */
static void settle(
	struct poller *poller, struct mailbox *mailbox, uint16_t site, int64_t now_ms)
{
	bool moved = mailbox->site != SITES_NONE && mailbox->site != site;
	poller->lost = false;
	mailbox->site = site;
	mailbox->lost_ms = 0;
	schedule_unpark(&poller->schedule, mailbox, now_ms);
	if (moved)
		schedule_refresh(&poller->schedule, mailbox->id, now_ms);
}

void poller_place(
	struct poller *poller, struct mailbox *mailbox, const struct moment *now)
{
	if (!has_sites(poller) || mailbox->dropped)
		return;
	struct sites_answer answer = sites_ask(poller->sites, mailbox->address, now);
	if (answer.site != SITES_NONE) {
		settle(poller, mailbox, answer.site, now->mono_ms);
		return;
	}
	/* Where it was last may still do while Autodiscover does not answer. */
	if (mailbox->site != SITES_NONE && !answer.elsewhere)
		return;
	mailbox->site = SITES_NONE;
	schedule_park(&poller->schedule, mailbox);
	if (answer.lost)
		tell_lost(poller, mailbox, &answer, now);
}

void poller_unplace(
	struct poller *poller, struct mailbox *mailbox, const struct moment *now)
{
	mailbox->site = has_sites(poller) ? SITES_NONE : SITES_OWN;
	mailbox->lost_ms = 0;
	if (has_sites(poller))
		poller_place(poller, mailbox, now);
	else
		schedule_unpark(&poller->schedule, mailbox, now->mono_ms);
}

void poller_leave(struct poller *poller, const struct mailbox *mailbox)
{
	if (has_sites(poller))
		sites_leave(poller->sites, mailbox->address);
}

static bool is_of(const struct mailbox *mailbox, const char *key)
{
	const char *at = strrchr(mailbox->address, '@');
	const char *part = strchr(key, '@') || !at ? mailbox->address : at + 1;
	return strcasecmp(part, key) == 0;
}

void poller_settled(struct poller *poller, const char *key, const struct moment *now)
{
	struct mailbox *mailbox = NULL;
	while ((mailbox = mailboxes_after(&poller->schedule.mailboxes, mailbox)))
		if (is_of(mailbox, key))
			poller_place(poller, mailbox, now);
}

void poller_doubt(struct poller *poller, const struct mailbox *mailbox, const char *code,
	const struct moment *now)
{
	if (has_sites(poller) && !mailbox->dropped && ews_code_is_elsewhere(code))
		sites_doubt(poller->sites, mailbox->address, now);
}

bool poller_leaves_alone(
	struct poller *poller, struct schedule_batch *batch, const struct moment *now)
{
	struct verdict why;
	if (!has_sites(poller) || batch->n == 0 ||
		!sites_is_down(
			poller->sites, batch->mailboxes[0]->site, now->mono_ms, &why))
		return false;
	struct gateway_failure failure = {
		.fault = (uint8_t)why.fault, .code = why.code, .text = why.text};
	(void)schedule_half_done(batch, false);
	for (size_t i = 0; i < batch->n; i++)
		poller_fail(poller, batch->mailboxes[i], &failure, now);
	batch->n = 0;
	return true;
}

const char *poller_url(const struct poller *poller, const struct poller_request *request)
{
	return has_sites(poller) ? sites_url(poller->sites, request->site) : NULL;
}

void poller_judge(struct poller *poller, const struct poller_request *request,
	struct verdict *verdict, const struct moment *now)
{
	if (!has_sites(poller))
		return;
	sites_judge(poller->sites, request->site, verdict, now);
	/* Who of them is not there, halving finds. */
	if (verdict->action == VERDICT_STOP && ews_code_is_elsewhere(verdict->code))
		verdict->action = VERDICT_HALVE;
}
