#include "gateway/polling/schedule_place.h"

#include <stdlib.h>

void schedule_put_urgent(
	struct schedule *schedule, struct mailbox *mailbox, int64_t now_ms)
{
	mailbox->place = MAILBOX_URGENT;
	mailbox->asked_ms = now_ms;
	TAILQ_INSERT_TAIL(&schedule->urgent, mailbox, urgent);
	schedule->n_urgent++;
}

void schedule_put_regular(
	struct schedule *schedule, struct mailbox *mailbox, int64_t at_ms)
{
	mailbox->place = MAILBOX_REGULAR;
	timers_set(&schedule->regular, &mailbox->timer, at_ms);
}

void schedule_put_failing(
	struct schedule *schedule, struct mailbox *mailbox, int64_t at_ms)
{
	mailbox->place = MAILBOX_FAILING;
	timers_set(&schedule->failing, &mailbox->timer, at_ms);
}

void schedule_take_out(struct schedule *schedule, struct mailbox *mailbox)
{
	switch ((enum mailbox_place)mailbox->place) {
	case MAILBOX_URGENT:
		TAILQ_REMOVE(&schedule->urgent, mailbox, urgent);
		schedule->n_urgent--;
		break;
	case MAILBOX_REGULAR:
		timers_cancel(&schedule->regular, &mailbox->timer);
		break;
	case MAILBOX_FAILING:
		timers_cancel(&schedule->failing, &mailbox->timer);
		break;
	case MAILBOX_DRAWN:
	case MAILBOX_PARKED:
		break;
	}
}

bool schedule_is_wanted(struct mailbox *mailbox)
{
	if (mailbox->dropped) {
		mailbox_destroy(mailbox);
		return false;
	}
	if (mailbox->parks)
		mailbox->place = MAILBOX_PARKED;
	return !mailbox->parks;
}

void schedule_park(struct schedule *schedule, struct mailbox *mailbox)
{
	schedule_take_out(schedule, mailbox);
	mailbox->parks = true;
	if (mailbox->place != MAILBOX_DRAWN)
		mailbox->place = MAILBOX_PARKED;
}

void schedule_unpark(struct schedule *schedule, struct mailbox *mailbox, int64_t now_ms)
{
	mailbox->parks = false;
	if (mailbox->place == MAILBOX_PARKED)
		schedule_put_urgent(schedule, mailbox, now_ms);
}
