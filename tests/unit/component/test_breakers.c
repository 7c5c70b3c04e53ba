#include "component/workers/breakers.h"

#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND INT64_C(1000)
#define QUARTER BREAKERS_OPEN_MS
#define UTC 1700000000

static const unsigned char salt[BREAKERS_SALT_SIZE] = "0123456789abcde";

static struct gateway_configure settings_of(const char *username, const char *password)
{
	return (struct gateway_configure){.auth = "basic",
		.username = username,
		.password = password,
		.password_len = 6};
}

#define USERS 3

/* The breakers and what each user was told last. */
struct scene {
	struct breakers breakers;
	struct breaker_user users[USERS];
	struct gateway_breaker said[USERS];
	unsigned n_said[USERS];
};

static void make_users(struct scene *scene)
{
	struct gateway_configure svc = settings_of("svc", "secret");
	for (size_t i = 0; i < USERS; i++)
		scene->users[i] = (struct breaker_user){
			.account = breakers_account(&scene->breakers, &svc),
			.wants_ms = INT64_MAX};
}

static void begin(struct scene *scene)
{
	*scene = (struct scene){0};
	breakers_init(&scene->breakers, 7, salt);
	make_users(scene);
}

static void tell(void *context, size_t i, const struct gateway_breaker *breaker)
{
	struct scene *scene = context;
	scene->said[i] = *breaker;
	scene->n_said[i]++;
}

static void settle(struct scene *scene, int64_t now_ms)
{
	struct breaker_user *users[USERS];
	for (size_t i = 0; i < USERS; i++) {
		users[i] = &scene->users[i];
		scene->n_said[i] = 0;
	}
	breakers_settle(&scene->breakers, users, USERS, tell, scene, now_ms);
}

static void hear(
	struct scene *scene, size_t i, enum gateway_log_on log_on, int64_t now_ms)
{
	breakers_hear(&scene->breakers, &scene->users[i], log_on, now_ms);
	settle(scene, now_ms);
}

/* Whether users[i], who wants leave now, has it at once; else it wants it no more. */
static bool may(struct scene *scene, size_t i, int64_t now_ms)
{
	hear(scene, i, GATEWAY_LOG_ON_WANTED, now_ms);
	scene->users[i].wants_ms = INT64_MAX;
	return scene->n_said[i] == 1 && scene->said[i].leave;
}

static struct gateway_breaker state_of(struct scene *scene, size_t i, int64_t now_ms)
{
	return breakers_state(&scene->breakers, &scene->users[i], false, now_ms);
}

static void an_account_is_known_by_its_name_and_secret(void **state)
{
	(void)state;
	struct breakers breakers;
	struct breakers other;
	breakers_init(&breakers, 7, salt);
	breakers_init(&other, 8, salt);
	struct gateway_configure svc = settings_of("EXAMPLE\\svc", "secret");
	struct gateway_configure same = svc;
	same.name = "another gateway";
	same.url = "https://elsewhere/";
	same.auth = "ntlm";
	same.username = "example\\SVC";
	struct gateway_configure changed = settings_of("EXAMPLE\\svc", "s3cret");
	struct gateway_configure principal = settings_of("svc@example.com", "secret");
	struct gateway_configure ticket = svc;
	ticket.auth = "negotiate";
	uint64_t account = breakers_account(&breakers, &svc);
	assert_true(account == breakers_account(&breakers, &same));
	assert_true(account != breakers_account(&breakers, &changed));
	assert_true(account != breakers_account(&breakers, &principal));
	assert_true(account != breakers_account(&breakers, &ticket));
	assert_true(account != breakers_account(&other, &svc));
}

static void a_keytab_that_is_written_anew_is_a_new_secret(void **state)
{
	(void)state;
	struct breakers breakers;
	char path[] = "/tmp/test_breakers-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	breakers_init(&breakers, 7, salt);
	struct gateway_configure svc = {.auth = "negotiate", .keytab = path};
	uint64_t account = breakers_account(&breakers, &svc);
	assert_true(account == breakers_account(&breakers, &svc));
	assert_int_equal(write(fd, "x", 1), 1);
	assert_true(account != breakers_account(&breakers, &svc));
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
}

static void two_refusals_open_the_breaker_whoever_was_refused(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	assert_true(may(&scene, 0, 0));
	hear(&scene, 0, GATEWAY_LOG_ON_REFUSED, SECOND);
	assert_int_equal(scene.said[1].refusals, 1);
	assert_int_equal(scene.said[1].wait_ms, BREAKERS_RETRY_MS);
	assert_false(may(&scene, 1, SECOND));
	assert_true(may(&scene, 1, SECOND + BREAKERS_RETRY_MS));
	hear(&scene, 1, GATEWAY_LOG_ON_REFUSED, 10 * SECOND);
	assert_int_equal(scene.said[2].refusals, 2);
	assert_int_equal(scene.said[2].wait_ms, QUARTER + BREAKERS_MARGIN_MS);
	/* Who was refused last lets the others go first. */
	int64_t later = 10 * SECOND + scene.said[2].wait_ms;
	assert_false(may(&scene, 1, later));
	assert_false(may(&scene, 2, later - 1));
	assert_true(may(&scene, 2, later));
	hear(&scene, 0, GATEWAY_LOG_ON_WANTED, later + BREAKERS_TURN_MS);
	assert_int_equal(scene.n_said[0], 0); // while another one's is out
	hear(&scene, 2, GATEWAY_LOG_ON_GRANTED, later + BREAKERS_TURN_MS + 1);
	assert_true(scene.said[0].leave);
	assert_int_equal(scene.said[1].refusals, 0);
}

static void at_a_start_no_more_try_than_may_be_bad(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	assert_true(may(&scene, 0, 0));
	assert_true(may(&scene, 1, 0));
	hear(&scene, 2, GATEWAY_LOG_ON_WANTED, 0);
	assert_int_equal(scene.n_said[2], 0);
	hear(&scene, 0, GATEWAY_LOG_ON_UNKNOWN, 1);
	assert_true(scene.n_said[2] == 1 && scene.said[2].leave);
}

static void who_wanted_leave_first_has_it_first(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	hear(&scene, 0, GATEWAY_LOG_ON_REFUSED, 0);
	assert_true(may(&scene, 0, BREAKERS_RETRY_MS));
	hear(&scene, 2, GATEWAY_LOG_ON_WANTED, BREAKERS_RETRY_MS + 1);
	hear(&scene, 1, GATEWAY_LOG_ON_WANTED, BREAKERS_RETRY_MS + 2);
	hear(&scene, 0, GATEWAY_LOG_ON_UNKNOWN, BREAKERS_RETRY_MS + 3);
	assert_true(scene.n_said[2] == 1 && scene.said[2].leave);
	assert_int_equal(scene.n_said[1], 0);
}

/* A worker that is told what another one's log-on came to, while its leave is on its way,
 * asks a second time. */
static void who_asks_twice_has_leave_once(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for (int64_t now_ms = 0; now_ms < 10 * SECOND; now_ms += SECOND) {
		hear(&scene, 0, GATEWAY_LOG_ON_WANTED, now_ms);
		assert_true(scene.said[0].leave);
		hear(&scene, 0, GATEWAY_LOG_ON_WANTED, now_ms + 1);
		assert_int_equal(scene.n_said[0], 0);
		hear(&scene, 0, GATEWAY_LOG_ON_UNKNOWN, now_ms + 2);
	}
	assert_true(may(&scene, 1, 10 * SECOND));
	assert_true(may(&scene, 2, 10 * SECOND));
}

static void what_one_server_refuses_and_another_grants_is_the_servers(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	assert_true(may(&scene, 0, 0));
	hear(&scene, 0, GATEWAY_LOG_ON_GRANTED, 1);
	assert_true(may(&scene, 1, 2));
	hear(&scene, 1, GATEWAY_LOG_ON_REFUSED, 3);
	/* The next word is the other's. */
	int64_t now = 3 + BREAKERS_RETRY_MS;
	assert_false(may(&scene, 1, now));
	assert_true(may(&scene, 0, now));
	hear(&scene, 0, GATEWAY_LOG_ON_GRANTED, now);
	assert_int_equal(scene.said[0].refusals, 0);
	assert_int_equal(scene.said[1].refusals, 2);
	now = 3 + QUARTER + BREAKERS_MARGIN_MS;
	assert_false(may(&scene, 1, now - 1));
	assert_int_equal(scene.said[1].refusals, 2);
	assert_true(may(&scene, 1, now));
	hear(&scene, 1, GATEWAY_LOG_ON_REFUSED, now);
	assert_int_equal(scene.said[0].refusals, 0);
	assert_int_equal(scene.said[0].wait_ms, 0);
	assert_true(may(&scene, 0, now));
}

static void who_dies_while_logging_on_was_refused_unless_it_went_well_before(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	for (int i = 0; i < 2; i++) {
		assert_true(may(&scene, 0, i));
		breakers_lost(&scene.breakers, &scene.users[0]);
	}
	assert_false(may(&scene, 0, 2));
	assert_true(may(&scene, 0, QUARTER + BREAKERS_MARGIN_MS));
	hear(&scene, 0, GATEWAY_LOG_ON_GRANTED, QUARTER + 2 * BREAKERS_MARGIN_MS);
	for (int i = 0; i < 5; i++) {
		assert_true(may(&scene, 0, 2 * QUARTER + i));
		breakers_lost(&scene.breakers, &scene.users[0]);
	}
}

/* What a later process knows of it. */
static void restart(struct scene *scene, int64_t now_ms, int64_t utc_s, bool expect_row)
{
	struct breaker_row row;
	bool changed = breakers_next_row(&scene->breakers, now_ms, utc_s, &row);
	bool lasts = changed && (row.refusals > 0 || row.bad[1] > 0);
	assert_int_equal(lasts, expect_row);
	breakers_init(&scene->breakers, 9, salt);
	if (lasts)
		breakers_load(&scene->breakers, &row, 0, utc_s);
	make_users(scene);
}

static void a_restart_changes_nothing(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	hear(&scene, 0, GATEWAY_LOG_ON_REFUSED, 0);
	hear(&scene, 0, GATEWAY_LOG_ON_REFUSED, 10 * SECOND);
	restart(&scene, 70 * SECOND, UTC, true);
	struct gateway_breaker told = state_of(&scene, 0, 0);
	assert_int_equal(told.refusals, 2);
	/* Both are in the row: the older one's quarter of an hour is over before. */
	assert_int_equal(told.wait_ms, QUARTER + BREAKERS_MARGIN_MS - 60 * SECOND);
	assert_false(may(&scene, 0, told.wait_ms - 1));
	assert_true(may(&scene, 0, told.wait_ms));
	hear(&scene, 0, GATEWAY_LOG_ON_GRANTED, told.wait_ms);
	restart(&scene, told.wait_ms + SECOND, UTC + 900, false);
	assert_true(may(&scene, 0, 0));
}

static void a_process_that_dies_while_logging_on_may_have_been_refused(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	assert_true(may(&scene, 0, 0));
	restart(&scene, 0, UTC, true);
	assert_true(may(&scene, 0, 0));
	restart(&scene, 0, UTC, true);
	assert_false(may(&scene, 0, 0));
}

static void a_clock_that_was_set_back_costs_no_more_than_the_usual_wait(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene);
	struct breaker_row row = {.refusals = 2, .bad = {UTC + 5000, UTC + 5000}};
	memcpy(row.id, scene.breakers.list[0].id, sizeof(row.id));
	breakers_load(&scene.breakers, &row, 0, UTC);
	assert_int_equal(state_of(&scene, 0, 0).wait_ms, QUARTER + BREAKERS_MARGIN_MS);
}

static void the_one_used_longest_ago_makes_room(void **state)
{
	(void)state;
	struct scene scene;
	struct breaker_row row = {.refusals = 2, .bad = {UTC, UTC}};
	begin(&scene);
	for (unsigned i = 0; i < BREAKERS_MAX + 5; i++) {
		row.id[0] = (unsigned char)(i + 1);
		row.id[1] = (unsigned char)(i >> 7);
		breakers_load(&scene.breakers, &row, 0, UTC);
	}
	hear(&scene, 0, GATEWAY_LOG_ON_REFUSED, 0); // the one in use is there still
	assert_int_equal(state_of(&scene, 0, 0).refusals, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_is_known_by_its_name_and_secret),
		cmocka_unit_test(a_keytab_that_is_written_anew_is_a_new_secret),
		cmocka_unit_test(two_refusals_open_the_breaker_whoever_was_refused),
		cmocka_unit_test(at_a_start_no_more_try_than_may_be_bad),
		cmocka_unit_test(who_wanted_leave_first_has_it_first),
		cmocka_unit_test(who_asks_twice_has_leave_once),
		cmocka_unit_test(
			what_one_server_refuses_and_another_grants_is_the_servers),
		cmocka_unit_test(
			who_dies_while_logging_on_was_refused_unless_it_went_well_before),
		cmocka_unit_test(a_restart_changes_nothing),
		cmocka_unit_test(
			a_process_that_dies_while_logging_on_may_have_been_refused),
		cmocka_unit_test(
			a_clock_that_was_set_back_costs_no_more_than_the_usual_wait),
		cmocka_unit_test(the_one_used_longest_ago_makes_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
