#include "gateway/polling/schedule.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

#define INTERVAL INT64_C(300000)
#define UTC INT64_C(1800000000)
#define MAX GATEWAY_BATCH_MAX

static const struct now zero = {.mono_ms = 0, .wall_ms = UTC * INT64_C(1000)};

static void watch(struct schedule *schedule, uint32_t id, int64_t last_read)
{
	char address[40];
	(void)snprintf(address, sizeof address, "p%u@example.com", id);
	struct gateway_watch order = {
		.mailbox = id, .address = address, .last_read = last_read};
	assert_int_equal(schedule_watch(schedule, &order, &zero), 0);
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
	schedule_init(&schedule, INTERVAL);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_URGENT), INT64_MAX);
	for (uint32_t id = 1; id <= 3; id++)
		watch(&schedule, id, 0);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_URGENT), SCHEDULE_COLLECT_MS);
	schedule_draw(&schedule, SCHEDULE_URGENT, SCHEDULE_COLLECT_MS, &batch);
	assert_int_equal(batch.n, 3);
	assert_string_equal(batch.mailboxes[0]->address, "p1@example.com");
	schedule_return(&schedule, &batch);
	schedule_finish(&schedule);
}

static void a_hundred_new_ones_do_not_wait(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	schedule_init(&schedule, INTERVAL);
	for (uint32_t id = 1; id <= MAX + 1; id++)
		watch(&schedule, id, 0);
	assert_true(schedule_due(&schedule, SCHEDULE_URGENT) <= 0);
	schedule_draw(&schedule, SCHEDULE_URGENT, 0, &batch);
	assert_int_equal(batch.n, MAX);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_URGENT), SCHEDULE_COLLECT_MS);
	read_all(&schedule, &batch, 0);
	schedule_finish(&schedule);
}

static void a_recent_reading_is_not_repeated_at_once(void **state)
{
	(void)state;
	struct schedule schedule;
	schedule_init(&schedule, INTERVAL);
	watch(&schedule, 1, UTC - 100);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_REGULAR), INTERVAL - 100000);
	watch(&schedule, 2, UTC + 1000); // the clock was set back
	assert_int_equal(schedule_due(&schedule, SCHEDULE_URGENT), INT64_MAX);
	watch(&schedule, 3, UTC - INTERVAL / 1000);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_URGENT), SCHEDULE_COLLECT_MS);
	schedule_finish(&schedule);
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
	schedule_init(&schedule, INTERVAL);
	watch_spread(&schedule, MAX);
	assert_int_equal(sweep(&schedule, 0, 10 * INTERVAL, &mailboxes), 10);
	assert_int_equal(mailboxes, 10 * MAX);
	schedule_finish(&schedule);
}

static void many_mailboxes_make_full_requests_evenly_spread(void **state)
{
	(void)state;
	struct schedule schedule;
	size_t mailboxes;
	schedule_init(&schedule, INTERVAL);
	watch_spread(&schedule, 15000);
	(void)sweep(&schedule, 0, 2 * INTERVAL, &mailboxes);
	for (int64_t part = 0; part < 10; part++) {
		int64_t from = 2 * INTERVAL + part * INTERVAL / 10;
		unsigned requests =
			sweep(&schedule, from, from + INTERVAL / 10, &mailboxes);
		assert_in_range(requests, 14, 17);
		assert_in_range(mailboxes, 1400, 1600);
	}
	schedule_finish(&schedule);
}

static void the_first_readings_are_spread_over_the_interval(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	size_t mailboxes;
	schedule_init(&schedule, INTERVAL);
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
	schedule_finish(&schedule);
}

static void an_outage_does_not_leave_everybody_due_at_once(void **state)
{
	(void)state;
	struct schedule schedule;
	size_t mailboxes;
	int64_t back = 10 * INTERVAL;
	schedule_init(&schedule, INTERVAL);
	watch_spread(&schedule, 10000);
	assert_in_range(schedule_reached_s(&schedule, back), 3290, 3300);
	schedule_resumed(&schedule, back);
	(void)sweep(&schedule, back, back + 1, &mailboxes);
	for (int64_t part = 1; part < 10; part++) {
		int64_t from = back + part * INTERVAL / 10;
		(void)sweep(&schedule, from, from + INTERVAL / 10, &mailboxes);
		assert_in_range(mailboxes, 700, 2200);
	}
	schedule_finish(&schedule);
}

static void the_reached_interval_is_the_wish_unless_somebody_is_late(void **state)
{
	(void)state;
	struct schedule schedule;
	schedule_init(&schedule, INTERVAL);
	watch(&schedule, 1, UTC - 1);
	assert_int_equal(schedule_reached_s(&schedule, INTERVAL - 1000), 300);
	assert_int_equal(schedule_reached_s(&schedule, INTERVAL + 60000 - 1000), 360);
	schedule_finish(&schedule);
}

static void a_refresh_goes_ahead(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	schedule_init(&schedule, INTERVAL);
	watch(&schedule, 1, UTC - 1);
	watch(&schedule, 2, UTC - 1);
	schedule_refresh(&schedule, 2, 1000);
	schedule_refresh(&schedule, 2, 1200);
	assert_int_equal(
		schedule_due(&schedule, SCHEDULE_URGENT), 1000 + SCHEDULE_COLLECT_MS);
	schedule_draw(&schedule, SCHEDULE_URGENT, 2000, &batch);
	assert_int_equal(batch.n, 1);
	schedule_refresh(&schedule, 2, 2500); // while it is being read
	read_all(&schedule, &batch, 3000);
	assert_int_equal(
		schedule_due(&schedule, SCHEDULE_URGENT), 3000 + SCHEDULE_COLLECT_MS);
	schedule_finish(&schedule);
}

static void who_fails_goes_apart_with_growing_pauses(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	schedule_init(&schedule, INTERVAL);
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
	schedule_finish(&schedule);
}

static void the_pause_depends_on_the_fault(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	schedule_init(&schedule, INTERVAL);
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
	schedule_finish(&schedule);
}

static void a_batch_is_repeated_in_halves_down_to_one(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	unsigned requests = 0;
	unsigned read = 0;
	schedule_init(&schedule, INTERVAL);
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
	schedule_finish(&schedule);
}

static void who_is_unwatched_is_forgotten_wherever_it_is(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	schedule_init(&schedule, INTERVAL);
	for (uint32_t id = 1; id <= 4; id++)
		watch(&schedule, id, 0);
	watch(&schedule, 5, UTC - 1);
	schedule_unwatch(&schedule, 1); // urgent
	schedule_unwatch(&schedule, 5); // regular
	schedule_unwatch(&schedule, 6); // unknown
	schedule_draw(&schedule, SCHEDULE_URGENT, 1000, &batch);
	assert_int_equal(batch.n, 3);
	schedule_unwatch(&schedule, 2); // in a batch
	schedule_bisect(&schedule, &batch);
	schedule_unwatch(&schedule, 3); // in a half
	schedule_draw(&schedule, SCHEDULE_FAILING, 1000, &batch);
	assert_int_equal(batch.n, 0);
	schedule_draw(&schedule, SCHEDULE_FAILING, 1000, &batch);
	assert_int_equal(batch.n, 1);
	assert_int_equal(batch.mailboxes[0]->id, 4);
	fail_all(&schedule, &batch, GATEWAY_FAULT_TRANSIENT, 1000);
	schedule_unwatch(&schedule, 4); // failing
	assert_int_equal(schedule_due(&schedule, SCHEDULE_FAILING), INT64_MAX);
	assert_int_equal(schedule.mailboxes.n, 0);
	schedule_finish(&schedule);
}

static void a_returned_batch_is_as_if_never_drawn(void **state)
{
	(void)state;
	struct schedule schedule;
	struct schedule_batch batch;
	schedule_init(&schedule, INTERVAL);
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
		schedule_unwatch(&schedule, id);
	schedule_draw(&schedule, SCHEDULE_REGULAR, INTERVAL, &batch);
	schedule_return(&schedule, &batch);
	assert_int_equal(schedule_due(&schedule, SCHEDULE_REGULAR), INTERVAL - 10000);
	schedule_finish(&schedule);
}

static void there_is_room_for_the_maximum_and_no_more(void **state)
{
	(void)state;
	struct schedule schedule;
	schedule_init(&schedule, INTERVAL);
	for (uint32_t id = 1; id <= GATEWAY_MAILBOXES_MAX; id++)
		watch(&schedule, id, UTC - id % 300);
	struct gateway_watch order = {
		.mailbox = GATEWAY_MAILBOXES_MAX + 1, .address = "x@y"};
	assert_int_equal(schedule_watch(&schedule, &order, &zero), -1);
	schedule_finish(&schedule);
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
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
