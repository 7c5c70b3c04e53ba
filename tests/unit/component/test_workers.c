#include "component/workers/workers.h"

#include "base/clock.h"
#include "component/workers/worker_process.h"
#include "test.h"
#include "worker_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The supervisor under test, with a clock that the test moves. */
struct scene {
	struct workers *workers;
	struct worker_program program;
	char *argv[4];
	int64_t now;
	unsigned started;
	unsigned states;
	struct gateway_state state;
	char text[GATEWAY_TEXT_MAX + 1];
	bool watch_at_start;
};

static void take_start(void *context, unsigned gateway)
{
	struct scene *scene = context;
	scene->started++;
	if (scene->watch_at_start)
		workers_watch(scene->workers, gateway,
			&(struct gateway_watch){.mailbox = 1, .address = "watched"});
}

static void take_message(
	void *context, unsigned gateway, const struct gateway_message *message)
{
	struct scene *scene = context;
	assert_int_equal(gateway, 0);
	if (message->type != GATEWAY_STATE)
		return;
	scene->states++;
	scene->state = message->state;
	(void)snprintf(scene->text, sizeof scene->text, "%s", message->state.text);
}

static void open_scene(struct scene *scene, char *manner)
{
	static char name[] = "test_workers";
	static char role[] = "child";
	*scene = (struct scene){.now = 1000000, .argv = {name, role, manner}};
	scene->program =
		(struct worker_program){.path = "/proc/self/exe", .argv = scene->argv};
	struct workers_events events = {
		.started = take_start, .message = take_message, .context = scene};
	struct gateway_configure settings = {.name = "hq",
		.url = "https://mail.example.com/",
		.auth = "basic",
		.username = "svc",
		.password = "se\0cret",
		.password_len = 7,
		.ca_file = "",
		.proxy = "",
		.no_proxy = ""};
	scene->workers = workers_create(&settings, 1, &events);
	assert_non_null(scene->workers);
	workers_set_program(scene->workers, &scene->program);
}

/* One turn of a main loop, at most until something happens or a short look is due. */
static void turn(struct scene *scene)
{
	struct pollfd fds[4];
	size_t n = workers_poll(scene->workers, fds, 4);
	(void)poll(fds, n, 5);
	workers_turn(scene->workers, scene->now);
}

static void turn_until_text(struct scene *scene, const char *part)
{
	int64_t end = clock_mono_ms() + 60000;
	while (!strstr(scene->text, part)) {
		assert_true(clock_mono_ms() < end);
		turn(scene);
	}
}

static void turn_until_gone(struct scene *scene)
{
	int64_t end = clock_mono_ms() + 60000;
	while (workers_pid(scene->workers, 0) != 0) {
		assert_true(clock_mono_ms() < end);
		turn(scene);
	}
}

static void a_worker_gets_its_settings_and_nothing_else_of_ours(void **state)
{
	(void)state;
	struct scene scene;
	assert_int_equal(setenv("LANG", "C.UTF-8", 1), 0);
	assert_int_equal(setenv("HOME", "/root", 1), 0);
	int leak = open("/dev/null", O_RDONLY); // without close-on-exec
	open_scene(&scene, (char[]){"works"});
	assert_int_equal(workers_pid(scene.workers, 0), 0);
	turn_until_text(&scene, "name=");
	assert_string_equal(
		scene.text, "name=hq password=7:se home=no lang=C.UTF-8 stray=0");
	assert_int_equal(scene.started, 1);
	assert_int_equal(workers_restarts(scene.workers, 0), 0);
	workers_destroy(scene.workers);
	(void)close(leak);
}

static void what_is_told_at_the_start_arrives(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, (char[]){"works"});
	scene.watch_at_start = true;
	turn_until_text(&scene, "watched");
	workers_destroy(scene.workers);
}

static void a_killed_worker_comes_back(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, (char[]){"works"});
	turn_until_text(&scene, "name=");
	assert_int_equal(kill(workers_pid(scene.workers, 0), SIGKILL), 0);
	turn_until_gone(&scene);
	assert_string_equal(scene.text,
		"the worker process was killed by signal 9; it is started again in 1 s");
	assert_int_equal(scene.state.health, GATEWAY_DOWN);
	assert_int_equal(scene.state.last_success, 5);
	assert_int_equal(
		workers_deadline(scene.workers), scene.now + WORKERS_RESTART_MIN_MS);
	scene.now += WORKERS_RESTART_MIN_MS - 1;
	turn(&scene);
	assert_int_equal(scene.started, 1);
	scene.now += 1;
	turn_until_text(&scene, "name=");
	assert_int_equal(scene.started, 2);
	assert_int_equal(workers_restarts(scene.workers, 0), 1);
	workers_destroy(scene.workers);
}

static void a_worker_that_dies_again_and_again_waits_longer(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, (char[]){"dies"});
	int64_t pause = WORKERS_RESTART_MIN_MS;
	for (int i = 0; i < 10; i++) {
		turn(&scene);
		turn_until_gone(&scene);
		assert_int_equal(workers_deadline(scene.workers), scene.now + pause);
		assert_non_null(strstr(scene.text, "ended with status 7"));
		scene.now += pause;
		pause = 2 * pause < WORKERS_RESTART_MAX_MS ? 2 * pause
							   : WORKERS_RESTART_MAX_MS;
	}
	workers_destroy(scene.workers);
}

static void a_worker_that_did_well_is_restarted_soon(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, (char[]){"works"});
	for (int i = 0; i < 3; i++) {
		turn_until_text(&scene, "name=");
		scene.now += WORKERS_RESTART_MAX_MS;
		assert_int_equal(kill(workers_pid(scene.workers, 0), SIGKILL), 0);
		turn_until_gone(&scene);
		assert_int_equal(workers_deadline(scene.workers),
			scene.now + WORKERS_RESTART_MIN_MS);
		scene.now += WORKERS_RESTART_MIN_MS;
	}
	workers_destroy(scene.workers);
}

static void a_stopped_worker_is_killed_after_its_silence(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, (char[]){"works"});
	turn_until_text(&scene, "name=");
	pid_t pid = workers_pid(scene.workers, 0);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(workers_deadline(scene.workers), scene.now + WORKERS_PING_MS);
	scene.now += WORKERS_PING_MS;
	turn(&scene);
	scene.now += WORKERS_SILENCE_MS - 1;
	turn(&scene);
	assert_int_equal(workers_pid(scene.workers, 0), pid);
	scene.now += 1;
	turn(&scene);
	turn_until_gone(&scene);
	assert_non_null(strstr(scene.text, "did not answer and was killed by signal 9"));
	workers_destroy(scene.workers);
}

static void a_worker_that_said_so_may_be_silent_longer_but_not_for_ever(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, (char[]){"blocks"});
	turn_until_text(&scene, "name=");
	pid_t pid = workers_pid(scene.workers, 0);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	scene.now += WORKERS_PING_MS;
	turn(&scene);
	scene.now += WORKERS_GRACE_MAX_MS - 1;
	turn(&scene);
	assert_int_equal(workers_pid(scene.workers, 0), pid);
	scene.now += 1;
	turn(&scene);
	turn_until_gone(&scene);
	assert_non_null(strstr(scene.text, "did not answer and was killed by signal 9"));
	workers_destroy(scene.workers);
}

static void a_worker_that_answers_lives_through_our_own_pause(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, (char[]){"works"});
	turn_until_text(&scene, "name=");
	pid_t pid = workers_pid(scene.workers, 0);
	for (int i = 0; i < 3; i++) {
		struct pollfd fd;
		scene.now += 10 * WORKERS_SILENCE_MS; // nobody turned for so long
		workers_turn(scene.workers, scene.now);
		assert_int_equal(workers_poll(scene.workers, &fd, 1), 1);
		assert_int_equal(poll(&fd, 1, 60000), 1); // its answer
	}
	assert_int_equal(workers_pid(scene.workers, 0), pid);
	workers_destroy(scene.workers);
}

static void nonsense_and_commands_end_a_worker(void **state)
{
	(void)state;
	char manners[2][16] = {"talks nonsense", "commands"};
	for (size_t i = 0; i < 2; i++) {
		struct scene scene;
		open_scene(&scene, manners[i]);
		turn_until_text(&scene, "sent nonsense and was killed by signal 9");
		workers_destroy(scene.workers);
	}
}

static void a_flood_does_not_keep_us(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, (char[]){"floods"});
	turn_until_text(&scene, "again");
	unsigned before;
	do { // it may be just filling the socket again
		before = scene.states;
		turn(&scene);
	} while (scene.states == before);
	/* A turn takes one read: 64 KiB, and what was left in part, of messages of at
	 * least 80 bytes. */
	assert_in_range(scene.states - before, 1, 64 * 1024 / 80 + 1);
	workers_destroy(scene.workers);
}

static void a_worker_that_does_not_listen_is_ended(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, (char[]){"works"});
	turn_until_text(&scene, "name=");
	assert_int_equal(kill(workers_pid(scene.workers, 0), SIGSTOP), 0);
	static char address[GATEWAY_ADDRESS_MAX + 1];
	memset(address, 'a', GATEWAY_ADDRESS_MAX);
	for (uint32_t id = 1; id <= 40000; id++)
		workers_watch(scene.workers, 0,
			&(struct gateway_watch){.mailbox = id, .address = address});
	workers_unwatch(scene.workers, 0, 1);
	turn(&scene);
	turn_until_gone(&scene);
	assert_non_null(strstr(scene.text, "did not take its messages"));
	workers_destroy(scene.workers);
}

static void a_program_that_is_not_there_is_tried_again(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, (char[]){"works"});
	scene.program.path = "/nonexistent/calpresence";
	workers_set_program(scene.workers, &scene.program);
	workers_turn(scene.workers, scene.now);
	assert_non_null(strstr(scene.text, "could not be started: No such file"));
	assert_int_equal(workers_pid(scene.workers, 0), 0);
	scene.program.path = "/proc/self/exe";
	workers_set_program(scene.workers, &scene.program);
	scene.now += WORKERS_RESTART_MIN_MS;
	turn_until_text(&scene, "name=");
	workers_destroy(scene.workers);
}

static void the_end_waits_a_second_and_leaves_nobody(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene, (char[]){"does not end"});
	turn_until_text(&scene, "name=");
	pid_t pid = workers_pid(scene.workers, 0);
	int64_t before = clock_mono_ms();
	workers_destroy(scene.workers);
	assert_true(clock_mono_ms() - before >= 1000);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* Turns until nobody is left, but for what a worker takes that does as it is told. */
static void turn_until_retired(struct workers **retired, int64_t now)
{
	int64_t end = clock_mono_ms() + 60000;
	while (*retired) {
		assert_true(clock_mono_ms() < end);
		(void)poll(NULL, 0, 5);
		workers_retired_turn(retired, now);
	}
}

static void retired_workers_end_while_we_go_on(void **state)
{
	(void)state;
	struct scene old;
	struct scene new;
	struct workers *retired = NULL;
	open_scene(&old, (char[]){"works"});
	turn_until_text(&old, "name=");
	pid_t pid = workers_pid(old.workers, 0);
	workers_retire(old.workers, &retired, old.now);
	assert_int_equal(workers_retired_deadline(retired), old.now);
	open_scene(&new, (char[]){"works"});
	turn_until_text(&new, "name=");
	unsigned states = old.states;
	turn_until_retired(&retired, old.now);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(old.states, states); // what they say is not heard any more
	assert_int_equal(workers_retired_deadline(retired), INT64_MAX);
	workers_destroy(new.workers);
}

static void a_retired_worker_that_does_not_end_is_killed_and_nobody_waits(void **state)
{
	(void)state;
	struct scene scene;
	struct workers *retired = NULL;
	open_scene(&scene, (char[]){"does not end"});
	turn_until_text(&scene, "name=");
	pid_t pid = workers_pid(scene.workers, 0);
	workers_retire(scene.workers, &retired, scene.now);
	workers_retired_turn(&retired, scene.now);
	workers_retired_turn(&retired, scene.now + 999);
	assert_non_null(retired);
	assert_int_equal(kill(pid, 0), 0);
	assert_true(workers_retired_deadline(retired) > scene.now + 999);
	workers_retired_turn(&retired, scene.now + 1000);
	turn_until_retired(&retired, scene.now + 1000);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

static void workers_that_never_began_are_retired_at_once(void **state)
{
	(void)state;
	struct scene first;
	struct scene second;
	struct workers *retired = NULL;
	open_scene(&first, (char[]){"works"});
	open_scene(&second, (char[]){"works"});
	workers_retire(first.workers, &retired, first.now);
	workers_retire(second.workers, &retired, first.now);
	workers_retired_turn(&retired, first.now);
	assert_null(retired);
}

/* This program is also the worker that it supervises. */
int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "child") == 0)
		return worker_child(argv[2]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_gets_its_settings_and_nothing_else_of_ours),
		cmocka_unit_test(what_is_told_at_the_start_arrives),
		cmocka_unit_test(a_killed_worker_comes_back),
		cmocka_unit_test(a_worker_that_dies_again_and_again_waits_longer),
		cmocka_unit_test(a_worker_that_did_well_is_restarted_soon),
		cmocka_unit_test(a_stopped_worker_is_killed_after_its_silence),
		cmocka_unit_test(
			a_worker_that_said_so_may_be_silent_longer_but_not_for_ever),
		cmocka_unit_test(a_worker_that_answers_lives_through_our_own_pause),
		cmocka_unit_test(nonsense_and_commands_end_a_worker),
		cmocka_unit_test(a_flood_does_not_keep_us),
		cmocka_unit_test(a_worker_that_does_not_listen_is_ended),
		cmocka_unit_test(a_program_that_is_not_there_is_tried_again),
		cmocka_unit_test(the_end_waits_a_second_and_leaves_nobody),
		cmocka_unit_test(retired_workers_end_while_we_go_on),
		cmocka_unit_test(
			a_retired_worker_that_does_not_end_is_killed_and_nobody_waits),
		cmocka_unit_test(workers_that_never_began_are_retired_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
