#include "gateway/polling/schedule.h"

#include "test.h"

#define INTERVAL INT64_C(300000)
#define UTC INT64_C(1800000000)

static const struct now zero = {.mono_ms = 0, .wall_ms = UTC * INT64_C(1000)};

static void what_is_known_to_fail_waits_an_hour_at_most(void **state)
{
	(void)state;
	static const int64_t waits_s[][2] = {{-5, -1}, {0, -1}, {60, 60}, {90000, 3600}};
	for (size_t i = 0; i < sizeof waits_s / sizeof *waits_s; i++) {
		struct schedule schedule;
		struct gateway_watch order = {.mailbox = 1,
			.address = "p1@example.com",
			.not_before = UTC + waits_s[i][0]};
		schedule_init(&schedule, INTERVAL);
		assert_int_equal(schedule_watch(&schedule, &order, &zero), 0);
		bool fails = waits_s[i][1] >= 0;
		assert_int_equal(schedule_due(&schedule, SCHEDULE_FAILING),
			fails ? waits_s[i][1] * 1000 : INT64_MAX);
		assert_int_equal(schedule_due(&schedule, SCHEDULE_URGENT),
			fails ? INT64_MAX : SCHEDULE_COLLECT_MS);
		schedule_finish(&schedule);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_to_fail_waits_an_hour_at_most),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
