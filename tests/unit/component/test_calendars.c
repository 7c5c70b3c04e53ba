#include "component/calendars/calendars.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Whose calendar is read, and what lies on her presence, without a stream and without
 * workers.
 */
#define NOW 1000000
#define ADA "ada@example.test"

static struct config_user users[] = {
	{.jid = ADA, .mailbox = "ada@mail.test", .gateway = "", .name = ""}};
static struct config_gateway gateways[] = {{.name = "one"}, {.name = "two"}};
static const char *const served[] = {"example.test"};

struct fixture {
	struct config config;
	struct names names;
	struct people people;
	struct person *ada;
	unsigned watched;
	unsigned unwatched;
	unsigned gateway; // of the last watch or unwatch
	struct gateway_watch watch;
};

static void on_watch(void *context, unsigned gateway, const struct gateway_watch *watch)
{
	struct fixture *f = context;

	f->watched++;
	f->gateway = gateway;
	f->watch = *watch;
}

static void on_unwatch(void *context, unsigned gateway, uint32_t mailbox)
{
	struct fixture *f = context;

	(void)mailbox;
	f->unwatched++;
	f->gateway = gateway;
}

static void on_client_dropped(struct client *client)
{
	(void)client;
}

static void start(struct fixture *f)
{
	const struct calendars_ports ports = {on_watch, on_unwatch, f};

	f->people.config = &f->config;
	f->people.names = &f->names;
	f->people.dress = calendar_dress;
	f->people.undress = calendar_undress;
	f->people.client_dropped = on_client_dropped;
	assert_true(people_init(&f->people));
	assert_true(calendars_init(&f->people, &ports));
	assert_true(calendars_restore(&f->people));
	f->ada = people_get(&f->people, ADA);
	assert_non_null(f->ada);
}

static void stop(struct fixture *f)
{
	people_clear(&f->people);
	calendars_finish(&f->people);
	people_finish(&f->people);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct store_error error;
	bool moved;

	assert_non_null(f);
	names_init(&f->names);
	f->config.component.jid = "meet.example.test";
	f->config.users = users;
	f->config.n_users = 1;
	f->config.served = served;
	f->config.n_served = 1;
	f->config.gateways = gateways;
	f->config.n_gateways = 2;
	f->config.rule_words = "";
	f->config.calendar.stale_after_s = 10000;
	f->config.calendar.automatic_replies = true;
	f->config.calendar.replies_interval_s = 1000;
	f->config.mapping.of[CAL_BUSY].active = true;
	f->people.store = store_open(":memory:", NOW, &moved, &error);
	assert_non_null(f->people.store);
	f->people.now = (struct now){.mono_ms = 5000, .wall_ms = NOW * INT64_C(1000)};
	start(f);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	stop(f);
	names_finish(&f->names);
	store_close(f->people.store);
	free(f);
	return 0;
}

static void at(struct fixture *f, int64_t seconds)
{
	f->people.now.mono_ms += seconds * 1000 - f->people.now.wall_ms;
	f->people.now.wall_ms = seconds * 1000;
	(void)timers_fire(&f->people.mono, f->people.now.mono_ms, 100);
}

static void want(struct fixture *f)
{
	calendar_want(f->ada, true);
	assert_true(calendar_is_wanted(f->ada));
}

#define READ(f, ...)                                                  \
	read_events((f), (const struct gateway_event[]){__VA_ARGS__}, \
		sizeof((const struct gateway_event[]){__VA_ARGS__}) / \
			sizeof(struct gateway_event))

static void read_events(struct fixture *f, const struct gateway_event *events, size_t n)
{
	const struct gateway_calendar reading = {
		.mailbox = f->watch.mailbox,
		.read_at = NOW,
		.from = NOW - 1000,
		.to = NOW + 100000,
		.n = (uint32_t)n,
		.events = events,
	};

	calendars_on_reading(&f->people, f->gateway, &reading);
}

static void reply(struct fixture *f, int64_t from, int64_t to)
{
	const struct gateway_oof replies = {
		.mailbox = f->watch.mailbox, .at = NOW, .from = from, .to = to};

	calendars_on_replies(&f->people, f->gateway, &replies);
}

static const struct overlay *of(const struct fixture *f, enum cal_state state)
{
	return &f->config.mapping.of[state];
}

static void a_reading_touches_her_and_lays_an_overlay(void **state)
{
	struct fixture *f = *state;

	want(f);
	assert_null(calendar_overlay(f->ada));
	assert_null(people_take_touched(&f->people));
	READ(f, {NOW - 10, NOW + 500, GATEWAY_BUSY_BUSY, 0});
	assert_ptr_equal(people_take_touched(&f->people), f->ada);
	assert_ptr_equal(calendar_overlay(f->ada), of(f, CAL_BUSY));
	assert_int_equal(calendar_next_change(f->ada), NOW + 500);
	assert_false(calendar_goes_on(f->ada));
	at(f, NOW + 500);
	assert_null(calendar_overlay(f->ada));
	assert_int_equal(calendar_next_change(f->ada), NOW + 10000); // stale
	assert_true(calendar_is_fresh(f->ada));
	at(f, NOW + 10000);
	assert_false(calendar_is_fresh(f->ada));
	assert_int_equal(calendar_state(f->ada), CAL_UNKNOWN);
	assert_true(calendar_next_change(f->ada) == AGENDA_NEVER);
}

static void what_is_not_mapped_hides_no_mapped_meeting(void **state)
{
	struct fixture *f = *state;

	want(f);
	READ(f, {NOW - 100, NOW + 5000, GATEWAY_BUSY_OOF, GATEWAY_EVENT_ALL_DAY},
		{NOW + 100, NOW + 200, GATEWAY_BUSY_BUSY, 0});
	assert_null(calendar_overlay(f->ada));
	assert_int_equal(calendar_state(f->ada), CAL_OOF);
	assert_int_equal(calendar_next_change(f->ada), NOW + 100);
	assert_true(calendar_goes_on(f->ada));
	at(f, NOW + 100);
	assert_ptr_equal(calendar_overlay(f->ada), of(f, CAL_BUSY));
	assert_int_equal(calendar_next_change(f->ada), NOW + 200);
	assert_false(calendar_goes_on(f->ada));
}

static void automatic_replies_that_are_not_mapped_hide_no_meeting(void **state)
{
	struct fixture *f = *state;

	want(f);
	READ(f, {NOW - 10, NOW + 500, GATEWAY_BUSY_BUSY, 0});
	reply(f, NOW - 1000, GATEWAY_TIME_MAX);
	assert_true(calendar_facts(f->ada).replies_on);
	assert_ptr_equal(calendar_overlay(f->ada), of(f, CAL_BUSY));
	assert_int_equal(calendar_next_change(f->ada), NOW + 500);
	f->config.mapping.of[CAL_OOF].active = true;
	assert_ptr_equal(calendar_overlay(f->ada), of(f, CAL_OOF));
	/* Until nothing was heard of them for three intervals. */
	assert_int_equal(calendar_next_change(f->ada), NOW + 3000);
}

static void where_one_overlay_follows_another_it_goes_on(void **state)
{
	struct fixture *f = *state;

	f->config.mapping.of[CAL_OOF].active = true;
	want(f);
	READ(f, {NOW - 10, NOW + 500, GATEWAY_BUSY_BUSY, 0});
	reply(f, NOW + 300, NOW + 900);
	assert_ptr_equal(calendar_overlay(f->ada), of(f, CAL_BUSY));
	assert_int_equal(calendar_next_change(f->ada), NOW + 300);
	assert_true(calendar_goes_on(f->ada));
	at(f, NOW + 300);
	assert_ptr_equal(calendar_overlay(f->ada), of(f, CAL_OOF));
	assert_int_equal(calendar_next_change(f->ada), NOW + 900); // not 500: hidden
	assert_false(calendar_goes_on(f->ada));
}

static void wanting_tells_the_gateway_once(void **state)
{
	struct fixture *f = *state;

	f->ada->read_at_once = true;
	calendar_want(f->ada, false);
	assert_false(f->ada->read_at_once);
	assert_int_equal(f->watched + f->unwatched, 0);
	want(f);
	want(f);
	assert_int_equal(f->watched, 1);
	assert_int_equal(f->watch.last_read, 0);
	READ(f, {NOW - 10, NOW + 500, GATEWAY_BUSY_BUSY, 0});
	calendar_want(f->ada, false);
	assert_int_equal(f->unwatched, 1);
	want(f);
	assert_int_equal(f->watch.last_read, NOW);
	calendar_want(f->ada, false);
	f->ada->read_at_once = true;
	want(f);
	assert_int_equal(f->watch.last_read, 0);
	assert_false(f->ada->read_at_once);
}

static void nothing_is_wanted_while_we_stop(void **state)
{
	struct fixture *f = *state;

	f->people.stopping = true;
	calendar_want(f->ada, true);
	assert_false(calendar_is_wanted(f->ada));
	assert_int_equal(f->watched, 0);
}

static void readings_and_replies_come_back_from_the_store(void **state)
{
	struct fixture *f = *state;
	struct calendar_facts facts;

	f->config.mapping.of[CAL_OOF].active = true;
	want(f);
	READ(f, {NOW - 10, NOW + 500, GATEWAY_BUSY_BUSY, 0});
	reply(f, NOW + 600, NOW + 900);
	f->people.stopping = true;
	stop(f);
	f->people = (struct people){.store = f->people.store, .now = f->people.now};
	start(f);
	assert_ptr_equal(calendar_overlay(f->ada), of(f, CAL_BUSY));
	facts = calendar_facts(f->ada);
	assert_int_equal(facts.read_at, NOW);
	assert_int_equal(facts.stale_at, NOW + 10000);
	assert_int_equal(facts.replies_from, NOW + 600);
	assert_true(facts.replies_known);
	assert_false(facts.replies_on);
	assert_null(facts.failure);
	assert_false(facts.wanted);
	assert_string_equal(facts.mailbox, "ada@mail.test");
	assert_string_equal(facts.gateway, "one");
}

static void a_mailbox_that_is_not_there_is_looked_for(void **state)
{
	struct fixture *f = *state;
	struct gateway_failure failure = {.at = NOW,
		.next_try = NOW + 86400,
		.fault = GATEWAY_FAULT_MAILBOX,
		.code = "ErrorMailRecipientNotFound",
		.text = "not here",
		.elsewhere = true};

	want(f);
	failure.mailbox = f->watch.mailbox;
	calendars_on_failure(&f->people, 0, &failure);
	assert_int_equal(f->gateway, 1);
	assert_int_equal(f->watched, 2);
	assert_true(calendar_facts(f->ada).looked_for);
	assert_string_equal(calendar_facts(f->ada).failure->text, "not here");
	READ(f, {NOW - 10, NOW + 500, GATEWAY_BUSY_BUSY, 0});
	assert_false(calendar_facts(f->ada).looked_for);
	assert_string_equal(calendar_facts(f->ada).gateway, "two");
	assert_string_equal(calendar_facts(f->ada).configured_gateway, "one");
	calendar_forget(f->ada);
}

/* How often a failure that may pass is said, of so many in a row. */
static unsigned lines_of(struct fixture *f, unsigned failures)
{
	const struct gateway_failure failure = {.mailbox = f->watch.mailbox,
		.at = NOW,
		.fault = GATEWAY_FAULT_TRANSIENT,
		.code = "ErrorTimeoutExpired",
		.text = "took too long"};
	char *said = NULL;
	size_t size;
	unsigned lines = 0;
	FILE *log = open_memstream(&said, &size);

	assert_non_null(log);
	log_setup(log, LOG_LEVEL_WARNING, false);
	for (unsigned i = 0; i < failures; i++)
		calendars_on_failure(&f->people, 0, &failure);
	log_setup(stderr, LOG_LEVEL_WARNING, false);
	assert_int_equal(fclose(log), 0);
	for (const char *at = said; (at = strstr(at, "took too long")); at++)
		lines++;
	free(said);
	return lines;
}

static void a_calendar_that_fails_for_long_is_said_once(void **state)
{
	struct fixture *f = *state;

	want(f);
	assert_int_equal(lines_of(f, CALENDAR_FAILURES_LASTING - 1), 0);
	READ(f, {NOW - 10, NOW + 500, GATEWAY_BUSY_BUSY, 0});
	assert_int_equal(lines_of(f, CALENDAR_FAILURES_LASTING - 1), 0);
	assert_int_equal(lines_of(f, 10), 1);
	assert_string_equal(calendar_facts(f->ada).failure->text, "took too long");
}

static void a_gateway_state_is_kept(void **state)
{
	struct fixture *f = *state;
	const struct gateway_state down = {.health = GATEWAY_DOWN,
		.code = "",
		.text = "nobody there",
		.server_version = "15.2"};

	assert_null(calendars_gateway_state(&f->people, 0)->code);
	calendars_on_gateway_state(&f->people, 0, &down);
	assert_string_equal(calendar_facts(f->ada).gateway_state->text, "nobody there");
	assert_string_equal(calendars_gateway_state(&f->people, 0)->endpoint, "");
}

static void say(struct fixture *f, unsigned gateway, enum gateway_health health)
{
	const struct gateway_state said = {
		.health = (uint8_t)health, .code = "", .text = "", .server_version = ""};

	calendars_on_gateway_state(&f->people, gateway, &said);
}

static void a_gateway_of_which_nobody_needs_anything_is_tried_until_it_answers(
	void **state)
{
	struct fixture *f = *state;

	say(f, 0, GATEWAY_STARTING);
	at(f, NOW + 14);
	assert_int_equal(f->watched, 0);
	at(f, NOW + 15);
	assert_int_equal(f->watched, 1);
	assert_int_equal(f->gateway, 0);
	assert_string_equal(f->watch.address, "ada@mail.test");
	say(f, 0, GATEWAY_LOCKED);
	assert_int_equal(f->unwatched, 0);
	/* A worker that comes back is told again. */
	calendars_tell_worker(&f->people, 0);
	assert_int_equal(f->watched, 2);
	say(f, 0, GATEWAY_UP);
	assert_int_equal(f->unwatched, 1);
	calendars_tell_worker(&f->people, 0);
	say(f, 0, GATEWAY_DOWN);
	at(f, NOW + 100);
	assert_int_equal(f->watched, 2);
}

static void somebody_whom_the_configuration_names_is_read_to_try_a_gateway(void **state)
{
	struct fixture *f = *state;

	person_destroy(f->ada);
	at(f, NOW + 15);
	assert_int_equal(f->watched, 1);
	f->ada = people_find(&f->people, ADA);
	assert_non_null(f->ada);
	assert_string_equal(f->watch.address, "ada@mail.test");
	/* Nobody keeps her: another one is looked for. */
	person_destroy(f->ada);
	assert_int_equal(f->unwatched, 1);
	at(f, NOW + 30);
	assert_int_equal(f->watched, 2);
}

static void a_calendar_that_is_needed_is_not_let_go_with_the_try(void **state)
{
	struct fixture *f = *state;

	at(f, NOW + 15);
	want(f);
	assert_int_equal(f->watched, 2);
	say(f, 0, GATEWAY_UP);
	assert_int_equal(f->unwatched, 0);
}

static void a_gateway_that_answers_or_is_asked_anyway_is_not_tried(void **state)
{
	struct fixture *f = *state;

	want(f);
	at(f, NOW + 15);
	assert_int_equal(f->watched, 1);
	calendar_want(f->ada, false);
	say(f, 0, GATEWAY_UP);
	at(f, NOW + 100);
	assert_int_equal(f->watched, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_reading_touches_her_and_lays_an_overlay),
		TEST(what_is_not_mapped_hides_no_mapped_meeting),
		TEST(automatic_replies_that_are_not_mapped_hide_no_meeting),
		TEST(where_one_overlay_follows_another_it_goes_on),
		TEST(wanting_tells_the_gateway_once),
		TEST(nothing_is_wanted_while_we_stop),
		TEST(readings_and_replies_come_back_from_the_store),
		TEST(a_mailbox_that_is_not_there_is_looked_for),
		TEST(a_calendar_that_fails_for_long_is_said_once),
		TEST(a_gateway_state_is_kept),
		TEST(a_gateway_of_which_nobody_needs_anything_is_tried_until_it_answers),
		TEST(somebody_whom_the_configuration_names_is_read_to_try_a_gateway),
		TEST(a_calendar_that_is_needed_is_not_let_go_with_the_try),
		TEST(a_gateway_that_answers_or_is_asked_anyway_is_not_tried),
	};

	return cmocka_run_group_tests_name("calendars", tests, NULL, NULL);
}
