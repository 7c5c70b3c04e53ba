#ifndef GATEWAY_POLLING_SCHEDULE_PLACE_H
#define GATEWAY_POLLING_SCHEDULE_PLACE_H

#include "gateway/polling/schedule.h"

/* Where a mailbox is in a schedule; for the files of schedule.h only. */

void schedule_put_urgent(
	struct schedule *schedule, struct mailbox *mailbox, int64_t now_ms);
void schedule_put_regular(
	struct schedule *schedule, struct mailbox *mailbox, int64_t at_ms);
void schedule_put_failing(
	struct schedule *schedule, struct mailbox *mailbox, int64_t at_ms);
/* Out of its queue. One that is in a batch stays there. */
void schedule_take_out(struct schedule *schedule, struct mailbox *mailbox);
/* A mailbox comes back from a batch; false: nobody wants it any more. */
bool schedule_is_wanted(struct mailbox *mailbox);
/* mailbox::timer: into schedule::drawing. */
void schedule_draw_fired(struct timer *timer, int64_t now_ms);

#endif
