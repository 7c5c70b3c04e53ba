#include "gateway/polling/schedule_place.h"

#include <assert.h>
#include <stdlib.h>

/* What becomes of the two halves of a request. */
struct schedule_split {
	unsigned out; // halves that are not done
	bool failed;  // one of them
	bool counts;  // the first request was about as big as requests may be
	size_t n;     // mailboxes, of both
};

size_t schedule_half_done(struct schedule_batch *batch, bool answered)
{
	struct schedule_split *split = batch->split;
	if (!split)
		return 0;
	batch->split = NULL;
	split->failed |= !answered;
	if (--split->out > 0)
		return 0;
	size_t n = split->failed || !split->counts ? 0 : split->n;
	free(split);
	return n;
}

/* Without memory for it they are tried together, which only takes longer. */
static void put_half(struct schedule *schedule, struct mailbox *const *mailboxes,
	size_t n, struct schedule_split *split)
{
	struct schedule_batch *half = malloc(sizeof *half);
	struct schedule_batch none = {.split = split};
	if (half) {
		half->n = n;
		half->split = split;
	} else {
		(void)schedule_half_done(&none, false);
	}
	for (size_t i = 0; i < n; i++) {
		mailboxes[i]->drawn_from = MAILBOX_FAILING;
		if (half)
			half->mailboxes[i] = mailboxes[i];
		else if (schedule_is_wanted(mailboxes[i]))
			schedule_put_failing(
				schedule, mailboxes[i], mailboxes[i]->timer.at);
	}
	if (half)
		STAILQ_INSERT_HEAD(&schedule->halves, half, next);
}

static void halve(struct schedule *schedule, struct schedule_batch *batch,
	struct schedule_split *split)
{
	assert(batch->n > 1);
	/* Few who fail are slow or unlucky, which says nothing of how many may go. */
	bool counts = batch->split ? batch->split->counts : batch->n > schedule->most / 2;
	(void)schedule_half_done(batch, false);
	size_t first = batch->n / 2;
	if (split)
		*split = (struct schedule_split){
			.out = 2, .counts = counts, .n = batch->n};
	/* What was cut last goes first, so that each probe is smaller than the one
	 * before. */
	put_half(schedule, batch->mailboxes + first, batch->n - first, split);
	put_half(schedule, batch->mailboxes, first, split);
}

void schedule_bisect(struct schedule *schedule, struct schedule_batch *batch)
{
	halve(schedule, batch, NULL);
}

void schedule_bisect_doubtful(struct schedule *schedule, struct schedule_batch *batch)
{
	halve(schedule, batch, malloc(sizeof(struct schedule_split)));
}
