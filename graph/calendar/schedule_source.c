#include "graph/calendar/schedule_source.h"

#include "graph/operations/graph_outcome.h"
#include "graph/operations/graph_path.h"
#include "graph/operations/schedules.h"

#include <stdio.h>
#include <string.h>

static int64_t due(void *self, const struct now *now)
{
	const struct schedule_source *source = self;
	return callers_are_busy(&source->callers) ? INT64_MAX
						  : poller_due(source->poller, now);
}

static struct callers_choice choice_of(const struct schedule_request *out)
{
	return (struct callers_choice){.mailboxes = out->mailboxes,
		.addresses = out->request->addresses,
		.n = out->request->n};
}

static struct schedules_query query_of(const struct poller_request *request)
{
	return (struct schedules_query){.addresses = request->addresses,
		.n = request->n,
		.from = request->from,
		.to = request->to,
		.slot_s = SCHEDULES_SLOT_S};
}

/* False: the URL would be too long. */
static bool write_url(struct schedule_source *source, const char *caller)
{
	struct buf url;
	buf_init(&url, sizeof source->url - 1);
	buf_puts(&url, source->base);
	graph_path_put(&url, caller, "/calendar/getSchedule");
	bool written = !url.failed;
	if (written)
		memcpy(source->url, url.data, url.len + 1);
	buf_finish(&url);
	return written;
}

/* There is nobody to ask as: whoever was drawn is drawn again. */
static bool give_up(struct schedule_source *source, struct schedule_request *out,
	const struct now *now)
{
	struct outcome outcome = outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_TRANSIENT,
		"nobody is left to ask as at present");
	outcome.scope = SCOPE_NONE;
	if (out->caller)
		callers_give_back(&source->callers, out->caller);
	poller_done(source->poller, out->request, &outcome, NULL, now);
	*out = (struct schedule_request){0};
	return false;
}

static bool next(void *self, unsigned slot, const struct request_terms *terms,
	struct request *out_request, struct buf *body, const struct now *now)
{
	struct schedule_source *source = self;
	struct schedule_request *out = &source->requests[slot];
	(void)terms;
	*out = (struct schedule_request){.request = poller_next(source->poller, now)};
	if (!out->request)
		return false;
	for (size_t i = 0; i < out->request->n; i++)
		out->mailboxes[i] = out->request->batch.mailboxes[i]->id;
	const struct callers_choice choice = choice_of(out);
	const struct schedules_query query = query_of(out->request);
	out->caller = callers_take(&source->callers, &choice, now->mono_ms);
	if (!out->caller || !write_url(source, caller_address(out->caller)))
		return give_up(source, out, now);
	schedules_write(body, &query);
	*out_request = (struct request){.url = source->url,
		.header = "Prefer: outlook.timezone=\"UTC\"",
		.media_type = "application/json",
		.accept = "application/json",
		.charged_to = source->callers.fixed ? NULL : caller_address(out->caller)};
	return true;
}

/* ------------------------------------------------------------------ what came of it */

static struct outcome refuse(struct schedule_source *source,
	const struct schedule_request *out, struct outcome outcome, const struct now *now)
{
	const struct callers_choice choice = choice_of(out);
	bool by_rights = outcome.fault == GATEWAY_FAULT_AUTHZ;
	bool is_other = callers_refused(
		&source->callers, out->caller, by_rights, &choice, now->mono_ms);
	if (out->caller == source->callers.fixed) {
		struct outcome result = outcome_make(OUTCOME_STOP, outcome.fault,
			"nothing can be asked as anchor_mailbox: %.300s", outcome.text);
		memcpy(result.code, outcome.code, sizeof result.code);
		result.scope = SCOPE_GATEWAY;
		return result;
	}
	if (by_rights &&
		callers_are_exhausted(&source->callers, source->poller->schedule.n)) {
		outcome.class = OUTCOME_STOP;
		outcome.scope = SCOPE_GATEWAY;
	} else if (is_other) {
		outcome.class = OUTCOME_RETRY; // at once, as another
		outcome.scope = SCOPE_NONE;
	} else {
		outcome.class = OUTCOME_BISECT;
		outcome.scope = SCOPE_BATCH;
	}
	return outcome;
}

static struct outcome learn(struct schedule_source *source, struct schedule_request *out,
	const struct graph_judgement *judgement, const struct now *now)
{
	struct outcome outcome = judgement->outcome;
	if (outcome.class == OUTCOME_USE)
		callers_worked(&source->callers, out->caller);
	else if (judgement->of_caller)
		outcome = refuse(source, out, outcome, now);
	else if (outcome.class == OUTCOME_BACK_OFF &&
		 !callers_paused(&source->callers, out->caller, outcome.back_off_ms,
			 now->mono_ms))
		outcome.scope = SCOPE_ACCOUNT;
	callers_give_back(&source->callers, out->caller);
	return outcome;
}

static struct outcome done(void *self, unsigned slot, const struct request_reply *reply,
	const struct now *now)
{
	struct schedule_source *source = self;
	struct schedule_request *out = &source->requests[slot];
	const struct schedules_query query = query_of(out->request);
	struct schedules schedules = {0};
	bool is_read = reply->body &&
		       schedules_read(reply->body, reply->n, &query, &schedules) == 0;
	struct graph_judgement judgement =
		reply->outcome ? (struct graph_judgement){.outcome = *reply->outcome}
			       : graph_outcome_of(reply->transfer,
					 is_read ? &schedules.error : NULL, query.n);
	struct outcome outcome = learn(source, out, &judgement, now);
	bool expected = poller_expected(source->poller, out->request, &outcome);
	poller_done(source->poller, out->request, &outcome,
		is_read ? &schedules.reading : NULL, now);
	if (is_read)
		schedules_finish(&schedules);
	*out = (struct schedule_request){0};
	if (expected && outcome.class != OUTCOME_BACK_OFF)
		outcome.scope = SCOPE_NONE;
	return outcome;
}

void schedule_source_finish(struct schedule_source *source)
{
	callers_finish(&source->callers);
}

int schedule_source_init(struct schedule_source *source, struct poller *poller,
	const char *base, const struct gateway_configure *settings)
{
	*source = (struct schedule_source){
		.source = {.due = due, .next = next, .done = done, .self = source},
		.poller = poller,
		.base = base,
	};
	return callers_init(&source->callers,
		       settings->anchor_mailbox ? settings->anchor_mailbox : "")
		       ? 0
		       : -1;
}
