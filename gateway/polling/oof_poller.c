#include "gateway/polling/oof_poller.h"

void oof_poller_init(
	struct oof_poller *poller, const struct gateway_configure *settings, size_t most)
{
	uint32_t interval_s =
		gateway_within(settings->oof_interval_s, 1, GATEWAY_INTERVAL_MAX_S);
	*poller = (struct oof_poller){
		.on = settings->automatic_replies, .pause_ms = INT64_MIN};
	schedule_init(&poller->schedule, MAILBOX_OOF, interval_s * INT64_C(1000));
	poller->schedule.most = most;
}

void oof_poller_finish(struct oof_poller *poller)
{
	if (poller->is_out)
		schedule_return(&poller->schedule, &poller->batch);
	poller->is_out = false;
	schedule_finish(&poller->schedule);
}

void oof_poller_watch(struct oof_poller *poller, struct mailbox *mailbox,
	const struct gateway_watch *watch, const struct now *now)
{
	if (poller->on)
		schedule_watch(&poller->schedule, mailbox, watch->oof_read, 0, now);
}

void oof_poller_unwatch(struct oof_poller *poller, struct mailbox *mailbox)
{
	if (poller->on) // else the mailbox has no place for it
		schedule_unwatch(&poller->schedule, mailbox);
}

/* The first queue that is due, and since when; else when the first one will be. */
static int64_t pick(const struct oof_poller *poller, const struct now *now,
	enum schedule_queue *out_queue)
{
	static const enum schedule_queue queues[] = {
		SCHEDULE_URGENT, SCHEDULE_REGULAR, SCHEDULE_FAILING};
	int64_t first_ms = INT64_MAX;
	for (size_t i = 0; i < sizeof queues / sizeof *queues; i++) {
		int64_t due_ms = schedule_due(&poller->schedule, queues[i]);
		*out_queue = queues[i];
		if (due_ms <= now->mono_ms)
			return due_ms;
		first_ms = due_ms < first_ms ? due_ms : first_ms;
	}
	return first_ms;
}

int64_t oof_poller_due(const struct oof_poller *poller, const struct now *now)
{
	enum schedule_queue queue;
	if (!poller->on || poller->is_out)
		return INT64_MAX;
	int64_t due_ms = pick(poller, now, &queue);
	return due_ms > poller->pause_ms ? due_ms : poller->pause_ms;
}

bool oof_poller_draw(struct oof_poller *poller, const struct now *now)
{
	enum schedule_queue queue;
	while (oof_poller_due(poller, now) <= now->mono_ms) {
		(void)pick(poller, now, &queue);
		schedule_draw(&poller->schedule, queue, now->mono_ms, &poller->batch);
		poller->is_out = poller->batch.n > 0;
	}
	return poller->is_out;
}

bool oof_poller_read(struct oof_poller *poller, struct mailbox *mailbox, int64_t from,
	int64_t to, const struct now *now, struct gateway_oof *out_said)
{
	bool watched = !mailbox->dropped;
	*out_said = (struct gateway_oof){
		.mailbox = mailbox->id, .at = now_utc_s(now), .from = from, .to = to};
	schedule_read(&poller->schedule, mailbox, now->mono_ms);
	poller->refusals = 0;
	return watched;
}

bool oof_poller_refused(struct oof_poller *poller, size_t n, const struct now *now)
{
	size_t most = poller->schedule.n;
	most = most < OOF_REFUSALS_MAX ? most : OOF_REFUSALS_MAX;
	poller->refusals += n;
	if (poller->refusals < most)
		return false;
	poller->pause_ms = now->mono_ms + OOF_PAUSE_MS;
	return true;
}
