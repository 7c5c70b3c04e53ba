#include "gateway/polling/poller_sites.h"

#include "base/url.h"
#include "gateway/polling/poller_deliver.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool has_sites(const struct poller *poller)
{
	return poller->sites && poller->sites->are_several(poller->sites->self);
}

/* Says why, once for each lookup. */
static void tell_lost(struct poller *poller, struct mailbox *mailbox,
	const struct sites_answer *answer, const struct now *now)
{
	if (mailbox->lost_ms == answer->since_ms)
		return;
	mailbox->lost_ms = answer->since_ms;
	struct gateway_failure failure = {.mailbox = mailbox->id,
		.at = now_utc_s(now),
		.next_try =
			now_utc_s(now) + (answer->until_ms - now->mono_ms + 999) / 1000,
		.fault = answer->elsewhere ? GATEWAY_FAULT_MAILBOX : GATEWAY_FAULT_CONFIG,
		.code = "",
		.text = answer->text,
		.elsewhere = answer->elsewhere};
	poller->sink.failure(poller->sink.context, &failure);
	poller->lost = poller->sites->is_lost(poller->sites->self);
	if (!poller->lost)
		return;
	struct outcome why = {.fault = GATEWAY_FAULT_CONFIG};
	(void)snprintf(why.text, sizeof why.text, "%s", answer->text);
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

void poller_place(struct poller *poller, struct mailbox *mailbox, const struct now *now)
{
	if (!has_sites(poller) || mailbox->dropped)
		return;
	struct sites_answer answer =
		poller->sites->find(poller->sites->self, mailbox->address, now);
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

void poller_unplace(struct poller *poller, struct mailbox *mailbox, const struct now *now)
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
		poller->sites->leave(poller->sites->self, mailbox->address);
}

static bool is_of(const struct mailbox *mailbox, const char *key)
{
	const char *at = strrchr(mailbox->address, '@');
	const char *part = strchr(key, '@') || !at ? mailbox->address : at + 1;
	return strcasecmp(part, key) == 0;
}

void poller_settled(struct poller *poller, const char *key, const struct now *now)
{
	struct mailbox *mailbox = NULL;
	while ((mailbox = mailboxes_after(&poller->schedule.mailboxes, mailbox)))
		if (is_of(mailbox, key))
			poller_place(poller, mailbox, now);
}

void poller_doubt(struct poller *poller, const struct mailbox *mailbox, bool elsewhere,
	const struct now *now)
{
	if (has_sites(poller) && !mailbox->dropped && elsewhere)
		poller->sites->doubt(poller->sites->self, mailbox->address, now);
}

bool poller_leaves_alone(
	struct poller *poller, struct schedule_batch *batch, const struct now *now)
{
	struct outcome why;
	if (!has_sites(poller) || batch->n == 0 ||
		!poller->sites->is_down(poller->sites->self, batch->mailboxes[0]->site,
			now->mono_ms, &why))
		return false;
	struct gateway_failure failure = {.fault = (uint8_t)why.fault,
		.code = why.code,
		.text = why.text,
		.elsewhere = why.elsewhere};
	(void)schedule_half_done(batch, false);
	for (size_t i = 0; i < batch->n; i++)
		poller_fail(poller, batch->mailboxes[i], &failure, 0, now);
	batch->n = 0;
	return true;
}

const char *poller_url(const struct poller *poller, const struct poller_request *request)
{
	return has_sites(poller) ? poller->sites->url(poller->sites->self, request->site)
				 : NULL;
}

void poller_judge(struct poller *poller, const struct poller_request *request,
	struct outcome *outcome, const struct now *now)
{
	if (has_sites(poller))
		poller->sites->judge(poller->sites->self, request->site, outcome, now);
}
