#include "gateway/polling/schedule.h"

#include "test.h"

#define INTERVAL INT64_C(300000)
#define UTC INT64_C(1800000000)

static void read_next(struct schedule *schedule, int64_t now)
{
	struct schedule_batch batch;
	schedule_draw(schedule, SCHEDULE_REGULAR, now, &batch);
	assert_int_equal(batch.n, 1);
	schedule_read(schedule, batch.mailboxes[0], now);
}

static void who_is_told_of_is_read_seldom(void **state)
{
	(void)state;
	struct schedule schedule;
	schedule_init(&schedule, INTERVAL);
	schedule.seldom_ms = 4 * INTERVAL;
	assert_int_equal(schedule_watch(&schedule,
				 &(struct gateway_watch){.mailbox = 1,
					 .address = "a@example.com",
					 .last_read = UTC - 1},
				 &(struct now){.wall_ms = UTC * INT64_C(1000)}),
		0);
	schedule_seldom(&schedule, 1, true, 0);
	int64_t now = schedule_due(&schedule, SCHEDULE_REGULAR);
	assert_true(now <= INTERVAL);
	read_next(&schedule, now);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_REGULAR), now + 4 * INTERVAL);
	/* As all others again, at most an interval from now. */
	now += INTERVAL;
	schedule_seldom(&schedule, 1, false, now);
	int64_t due = schedule_due(&schedule, SCHEDULE_REGULAR);
	assert_true(due > now && due <= now + INTERVAL);
	read_next(&schedule, due);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_REGULAR), due + INTERVAL);
	schedule_seldom(&schedule, 99, true, due); // nobody
	schedule_finish(&schedule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_told_of_is_read_seldom),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
