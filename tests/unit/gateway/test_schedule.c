#include "gateway/polling/schedule.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

#define INTERVAL INT64_C(300000)
#define UTC INT64_C(1800000000)
#define MAX GATEWAY_BATCH_MAX

static const struct now zero = {.mono_ms = 0, .wall_ms = UTC * INT64_C(1000)};

static struct mailboxes registry;

static void begin(struct schedule *schedule)
{
	schedule_init(schedule, MAILBOX_CALENDAR, INTERVAL);
}

static void end(struct schedule *schedule)
{
	schedule_finish(schedule);
	mailboxes_finish(&registry);
}

static struct mailbox *add(uint32_t id)
{
	char address[40];
	(void)snprintf(address, sizeof address, "p%u@example.com", id);
	return mailboxes_add(&registry, id, address);
}

static void watch(struct schedule *schedule, uint32_t id, int64_t last_read)
{
	struct mailbox *mailbox = add(id);
	assert_non_null(mailbox);
	schedule_watch(schedule, mailbox, last_read, 0, &zero);
}

static void unwatch(struct schedule *schedule, uint32_t id)
{
	struct mailbox *mailbox = mailboxes_find(&registry, id);
	schedule_unwatch(schedule, mailbox);
	mailboxes_remove(&registry, mailbox);
}

/* n mailboxes whose last readings are spread over the interval before now. */
static void watch_spread(struct schedule *schedule, uint32_t n)
{
	for (uint32_t id = 1; id <= n; id++)
		watch(schedule, id, UTC - INTERVAL / 1000 * id / (n + 1));
}

static void read_all(
	struct schedule *schedule, const struct schedule_batch *batch, int64_t now)
{
	for (size_t i = 0; i < batch->n; i++)
		schedule_read(schedule, batch->mailboxes[i], now);
}

static void fail_all(struct schedule *schedule, const struct schedule_batch *batch,
	enum gateway_fault fault, int64_t now)
{
	for (size_t i = 0; i < batch->n; i++)
		(void)schedule_failed(schedule, batch->mailboxes[i], fault, 0, now);
}

static void new_mailboxes_are_collected_for_half_a_second(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	begin(&schedule);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_URGENT), INT64_MAX);
	for (uint32_t id = 1; id <= 3; id++)
		watch(&schedule, id, 0);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_URGENT), SCHEDULE_COLLECT_MS);
	schedule_draw(&schedule, SCHEDULE_URGENT, SCHEDULE_COLLECT_MS, &batch);
	assert_int_equal(batch.n, 3);
	assert_string_equal(batch.mailboxes[0]->address, "p1@example.com");
	schedule_return(&schedule, &batch);
	end(&schedule);
}

static void a_hundred_new_ones_do_not_wait(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	begin(&schedule);
	for (uint32_t id = 1; id <= MAX + 1; id++)
		watch(&schedule, id, 0);
	assert_true(schedule_due(&schedule, SCHEDULE_URGENT) <= 0);
	schedule_draw(&schedule, SCHEDULE_URGENT, 0, &batch);
	assert_int_equal(batch.n, MAX);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_URGENT), SCHEDULE_COLLECT_MS);
	read_all(&schedule, &batch, 0);
	end(&schedule);
}

static void a_recent_reading_is_not_repeated_at_once(void **state)
{
	(void)state;
	struct schedule schedule;
	begin(&schedule);
	watch(&schedule, 1, UTC - 100);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_REGULAR), INTERVAL - 100000);
	watch(&schedule, 2, UTC + 1000); // the clock was set back
	assert_int_equal(schedule_due(&schedule, SCHEDULE_URGENT), INT64_MAX);
	watch(&schedule, 3, UTC - INTERVAL / 1000);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_URGENT), SCHEDULE_COLLECT_MS);
	end(&schedule);
}

/* Runs the regular queue for a while with readings that take no time. */
static unsigned sweep(
	struct schedule *schedule, int64_t from, int64_t to, size_t *out_mailboxes)
{
	unsigned requests = 0;
	struct schedule_batch batch;
	*out_mailboxes = 0;
	for (;;) {
		int64_t due = schedule_due(schedule, SCHEDULE_REGULAR);
		if (due >= to)
			return requests;
		int64_t now = due > from ? due : from;
		schedule_draw(schedule, SCHEDULE_REGULAR, now, &batch);
		requests++;
		*out_mailboxes += batch.n;
		read_all(schedule, &batch, now);
	}
}

static void few_mailboxes_make_one_request_an_interval(void **state)
{
	(void)state;
	struct schedule schedule;
	size_t mailboxes;
	begin(&schedule);
	watch_spread(&schedule, MAX);
	assert_int_equal(sweep(&schedule, 0, 10 * INTERVAL, &mailboxes), 10);
	assert_int_equal(mailboxes, 10 * MAX);
	end(&schedule);
}

static void many_mailboxes_make_full_requests_evenly_spread(void **state)
{
	(void)state;
	struct schedule schedule;
	size_t mailboxes;
	begin(&schedule);
	watch_spread(&schedule, 15000);
	(void)sweep(&schedule, 0, 2 * INTERVAL, &mailboxes);
	for (int64_t part = 0; part < 10; part++) {
		int64_t from = 2 * INTERVAL + part * INTERVAL / 10;
		unsigned requests =
			sweep(&schedule, from, from + INTERVAL / 10, &mailboxes);
		assert_in_range(requests, 14, 17);
		assert_in_range(mailboxes, 1400, 1600);
	}
	end(&schedule);
}

static void the_first_readings_are_spread_over_the_interval(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	size_t mailboxes;
	begin(&schedule);
	for (uint32_t id = 1; id <= 10000; id++)
		watch(&schedule, id, 0);
	while (schedule_due(&schedule, SCHEDULE_URGENT) <= SCHEDULE_COLLECT_MS) {
		schedule_draw(&schedule, SCHEDULE_URGENT, SCHEDULE_COLLECT_MS, &batch);
		read_all(&schedule, &batch, SCHEDULE_COLLECT_MS);
	}
	for (int64_t part = 0; part < 10; part++) {
		int64_t from = SCHEDULE_COLLECT_MS + part * INTERVAL / 10;
		(void)sweep(&schedule, from, from + INTERVAL / 10, &mailboxes);
		assert_in_range(mailboxes, 800, 1200);
	}
	end(&schedule);
}

static void an_outage_does_not_leave_everybody_due_at_once(void **state)
{
	(void)state;
	struct schedule schedule;
	size_t mailboxes;
	int64_t back = 10 * INTERVAL;
	begin(&schedule);
	watch_spread(&schedule, 10000);
	assert_in_range(schedule_reached_s(&schedule, back), 3290, 3300);
	schedule_resumed(&schedule, back);
	(void)sweep(&schedule, back, back + 1, &mailboxes);
	for (int64_t part = 1; part < 10; part++) {
		int64_t from = back + part * INTERVAL / 10;
		(void)sweep(&schedule, from, from + INTERVAL / 10, &mailboxes);
		assert_in_range(mailboxes, 700, 2200);
	}
	end(&schedule);
}

static void the_reached_interval_is_the_wish_unless_somebody_is_late(void **state)
{
	(void)state;
	struct schedule schedule;
	begin(&schedule);
	watch(&schedule, 1, UTC - 1);
	assert_int_equal(schedule_reached_s(&schedule, INTERVAL - 1000), 300);
	assert_int_equal(schedule_reached_s(&schedule, INTERVAL + 60000 - 1000), 360);
	end(&schedule);
}

static void a_refresh_goes_ahead(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	begin(&schedule);
	watch(&schedule, 1, UTC - 1);
	watch(&schedule, 2, UTC - 1);
	schedule_refresh(&schedule, mailboxes_find(&registry, 2), 1000);
	schedule_refresh(&schedule, mailboxes_find(&registry, 2), 1200);
	assert_int_equal(
		schedule_due(&schedule, SCHEDULE_URGENT), 1000 + SCHEDULE_COLLECT_MS);
	schedule_draw(&schedule, SCHEDULE_URGENT, 2000, &batch);
	assert_int_equal(batch.n, 1);
	schedule_refresh(
		&schedule, mailboxes_find(&registry, 2), 2500); // while it is being read
	read_all(&schedule, &batch, 3000);
	assert_int_equal(
		schedule_due(&schedule, SCHEDULE_URGENT), 3000 + SCHEDULE_COLLECT_MS);
	end(&schedule);
}

static void who_fails_goes_apart_with_growing_pauses(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	begin(&schedule);
	watch(&schedule, 1, UTC - 1);
	int64_t now = INTERVAL;
	int64_t expected = SCHEDULE_TRANSIENT_MIN_MS;
	schedule_draw(&schedule, SCHEDULE_REGULAR, now, &batch);
	for (int i = 0; i < 12; i++) {
		int64_t next = schedule_failed(
			&schedule, batch.mailboxes[0], GATEWAY_FAULT_TRANSIENT, 0, now);
		assert_in_range(next - now, expected, expected + expected / 16 + 1);
		assert_int_equal(schedule_due(&schedule, SCHEDULE_REGULAR), INT64_MAX);
		assert_int_equal(schedule_due(&schedule, SCHEDULE_FAILING), next);
		now = next;
		schedule_draw(&schedule, SCHEDULE_FAILING, now, &batch);
		assert_int_equal(batch.n, 1);
		expected = 2 * expected < INTERVAL ? 2 * expected : INTERVAL;
	}
	read_all(&schedule, &batch, now);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_FAILING), INT64_MAX);
	assert_in_range(
		schedule_due(&schedule, SCHEDULE_REGULAR), now + 1, now + INTERVAL);
	end(&schedule);
}

static void the_pause_depends_on_the_fault(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	begin(&schedule);
	watch(&schedule, 1, UTC - 1);
	schedule_draw(&schedule, SCHEDULE_REGULAR, INTERVAL, &batch);
	fail_all(&schedule, &batch, GATEWAY_FAULT_MAILBOX, INTERVAL);
	int64_t due = schedule_due(&schedule, SCHEDULE_FAILING);
	assert_in_range(
		due - INTERVAL, SCHEDULE_MAILBOX_MS, SCHEDULE_MAILBOX_MS * 17 / 16 + 1);
	schedule_draw(&schedule, SCHEDULE_FAILING, due, &batch);
	fail_all(&schedule, &batch, GATEWAY_FAULT_AUTHZ, due);
	assert_in_range(schedule_due(&schedule, SCHEDULE_FAILING) - due,
		SCHEDULE_PERMANENT_MS, SCHEDULE_PERMANENT_MS * 17 / 16 + 1);
	end(&schedule);
}

static void a_batch_is_repeated_in_halves_down_to_one(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	unsigned requests = 0;
	unsigned read = 0;
	begin(&schedule);
	for (uint32_t id = 1; id <= MAX; id++)
		watch(&schedule, id, 0);
	schedule_draw(&schedule, SCHEDULE_URGENT, 0, &batch);
	schedule_bisect(&schedule, &batch);
	while (schedule_due(&schedule, SCHEDULE_FAILING) <= 0) {
		schedule_draw(&schedule, SCHEDULE_FAILING, 0, &batch);
		requests++;
		bool has_bad = false;
		for (size_t i = 0; i < batch.n; i++)
			has_bad = has_bad || batch.mailboxes[i]->id == 42;
		if (!has_bad) {
			read += (unsigned)batch.n;
			read_all(&schedule, &batch, 0);
		} else if (batch.n > 1) {
			schedule_bisect(&schedule, &batch);
		} else {
			fail_all(&schedule, &batch, GATEWAY_FAULT_TRANSIENT, 0);
		}
	}
	assert_int_equal(read, MAX - 1);
	assert_in_range(requests, 12, 14); // two for each doubling
	end(&schedule);
}

static void who_is_unwatched_is_forgotten_wherever_it_is(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	begin(&schedule);
	for (uint32_t id = 1; id <= 4; id++)
		watch(&schedule, id, 0);
	watch(&schedule, 5, UTC - 1);
	unwatch(&schedule, 1); // urgent
	unwatch(&schedule, 5); // regular
	schedule_draw(&schedule, SCHEDULE_URGENT, 1000, &batch);
	assert_int_equal(batch.n, 3);
	unwatch(&schedule, 2); // in a batch
	schedule_bisect(&schedule, &batch);
	unwatch(&schedule, 3); // in a half
	schedule_draw(&schedule, SCHEDULE_FAILING, 1000, &batch);
	assert_int_equal(batch.n, 0);
	schedule_draw(&schedule, SCHEDULE_FAILING, 1000, &batch);
	assert_int_equal(batch.n, 1);
	assert_int_equal(batch.mailboxes[0]->id, 4);
	fail_all(&schedule, &batch, GATEWAY_FAULT_TRANSIENT, 1000);
	unwatch(&schedule, 4); // failing
	assert_int_equal(schedule_due(&schedule, SCHEDULE_FAILING), INT64_MAX);
	assert_int_equal(schedule.n, 0);
	end(&schedule);
}

static void a_returned_batch_is_as_if_never_drawn(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	begin(&schedule);
	for (uint32_t id = 1; id <= 3; id++)
		watch(&schedule, id, 0);
	watch(&schedule, 4, UTC - 10);
	schedule_draw(&schedule, SCHEDULE_URGENT, 1000, &batch);
	schedule_return(&schedule, &batch);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_URGENT), SCHEDULE_COLLECT_MS);
	schedule_draw(&schedule, SCHEDULE_URGENT, 1000, &batch);
	assert_int_equal(batch.n, 3);
	assert_int_equal(batch.mailboxes[0]->id, 1);
	read_all(&schedule, &batch, 1000);
	for (uint32_t id = 1; id <= 3; id++)
		unwatch(&schedule, id);
	schedule_draw(&schedule, SCHEDULE_REGULAR, INTERVAL, &batch);
	schedule_return(&schedule, &batch);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_REGULAR), INTERVAL - 10000);
	end(&schedule);
}

static void there_is_room_for_the_maximum_and_no_more(void **state)
{
	(void)state;
	struct schedule schedule;
	begin(&schedule);
	for (uint32_t id = 1; id <= GATEWAY_MAILBOXES_MAX; id++)
		watch(&schedule, id, UTC - id % 300);
	assert_null(add(GATEWAY_MAILBOXES_MAX + 1));
	end(&schedule);
}

static void what_is_known_to_fail_waits_an_hour_at_most(void **state)
{
	(void)state;
	static const int64_t waits_s[][2] = {{-5, -1}, {0, -1}, {60, 60}, {90000, 3600}};
	for (size_t i = 0; i < sizeof waits_s / sizeof *waits_s; i++) {
		struct schedule schedule;
		begin(&schedule);
		schedule_watch(&schedule, add(1), 0, UTC + waits_s[i][0], &zero);
		bool fails = waits_s[i][1] >= 0;
		assert_int_equal(schedule_due(&schedule, SCHEDULE_FAILING),
			fails ? waits_s[i][1] * 1000 : INT64_MAX);
		assert_int_equal(schedule_due(&schedule, SCHEDULE_URGENT),
			fails ? INT64_MAX : SCHEDULE_COLLECT_MS);
		end(&schedule);
	}
}

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
	begin(&schedule);
	schedule.seldom_ms = 4 * INTERVAL;
	watch(&schedule, 1, UTC - 1);
	struct mailbox *mailbox = mailboxes_find(&registry, 1);
	schedule_seldom(&schedule, mailbox, true, 0);
	int64_t now = schedule_due(&schedule, SCHEDULE_REGULAR);
	assert_true(now <= INTERVAL);
	read_next(&schedule, now);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_REGULAR), now + 4 * INTERVAL);
	/* As all others again, at most an interval from now. */
	now += INTERVAL;
	schedule_seldom(&schedule, mailbox, false, now);
	int64_t due = schedule_due(&schedule, SCHEDULE_REGULAR);
	assert_true(due > now && due <= now + INTERVAL);
	read_next(&schedule, due);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_REGULAR), due + INTERVAL);
	end(&schedule);
}

/* It is asked for two things, each by a schedule; unwatched, it is gone when the last
 * batch that it is in comes back. */
static void a_mailbox_is_in_two_schedules(void **state)
{
	(void)state;
	struct schedule calendars;
	struct schedule oof;
	struct schedule_batch of_calendars;
	struct schedule_batch of_oof;
	begin(&calendars);
	schedule_init(&oof, MAILBOX_OOF, INTERVAL);
	watch(&calendars, 1, UTC - 1);
	struct mailbox *mailbox = mailboxes_find(&registry, 1);
	schedule_watch(&oof, mailbox, 0, 0, &zero);
	assert_int_equal(schedule_due(&calendars, SCHEDULE_URGENT), INT64_MAX);
	schedule_draw(&oof, SCHEDULE_URGENT, SCHEDULE_COLLECT_MS, &of_oof);
	schedule_draw(&calendars, SCHEDULE_REGULAR, INTERVAL, &of_calendars);
	assert_ptr_equal(of_oof.mailboxes[0], of_calendars.mailboxes[0]);
	schedule_unwatch(&oof, mailbox);
	unwatch(&calendars, 1);
	assert_null(mailboxes_find(&registry, 1));
	read_all(&calendars, &of_calendars, INTERVAL);
	assert_true(of_oof.mailboxes[0]->dropped);
	read_all(&oof, &of_oof, INTERVAL);
	assert_int_equal(schedule_due(&oof, SCHEDULE_REGULAR), INT64_MAX);
	schedule_finish(&oof);
	end(&calendars);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_mailboxes_are_collected_for_half_a_second),
		cmocka_unit_test(a_hundred_new_ones_do_not_wait),
		cmocka_unit_test(a_recent_reading_is_not_repeated_at_once),
		cmocka_unit_test(few_mailboxes_make_one_request_an_interval),
		cmocka_unit_test(many_mailboxes_make_full_requests_evenly_spread),
		cmocka_unit_test(the_first_readings_are_spread_over_the_interval),
		cmocka_unit_test(an_outage_does_not_leave_everybody_due_at_once),
		cmocka_unit_test(
			the_reached_interval_is_the_wish_unless_somebody_is_late),
		cmocka_unit_test(a_refresh_goes_ahead),
		cmocka_unit_test(who_fails_goes_apart_with_growing_pauses),
		cmocka_unit_test(the_pause_depends_on_the_fault),
		cmocka_unit_test(a_batch_is_repeated_in_halves_down_to_one),
		cmocka_unit_test(who_is_unwatched_is_forgotten_wherever_it_is),
		cmocka_unit_test(a_returned_batch_is_as_if_never_drawn),
		cmocka_unit_test(there_is_room_for_the_maximum_and_no_more),
		cmocka_unit_test(what_is_known_to_fail_waits_an_hour_at_most),
		cmocka_unit_test(who_is_told_of_is_read_seldom),
		cmocka_unit_test(a_mailbox_is_in_two_schedules),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
