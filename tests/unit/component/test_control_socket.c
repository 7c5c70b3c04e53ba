#include "control_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static void the_socket_is_for_its_owner_and_group(void **state)
{
	struct fixture *fixture = *state;
	mode_t before = umask(0);
	struct stat info;
	char error[256];

	control_destroy(fixture->control);
	assert_int_equal(lstat(fixture->path, &info), -1);
	fixture->control = control_fixture_create(fixture, error, sizeof(error));
	assert_non_null(fixture->control);
	assert_int_equal(umask(before), 0);
	assert_int_equal(lstat(fixture->path, &info), 0);
	assert_true(S_ISSOCK(info.st_mode));
	assert_int_equal(info.st_mode & 0777, 0660);
}

static void a_socket_that_somebody_answers_on_is_in_use(void **state)
{
	struct fixture *fixture = *state;
	char error[256];

	assert_null(control_fixture_create(fixture, error, sizeof(error)));
	assert_contains(error, "is in use: another calpresence answers on it");
	assert_starts(ask(fixture, "GET", "/status"), "200 ");
}

static void a_socket_left_behind_is_replaced(void **state)
{
	struct fixture *fixture = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char error[256];

	assert_true(fd >= 0);
	control_destroy(fixture->control);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", fixture->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(close(fd), 0);
	fixture->control = control_fixture_create(fixture, error, sizeof(error));
	assert_non_null(fixture->control);
	assert_starts(ask(fixture, "GET", "/status"), "200 ");
}

static void what_is_no_socket_is_left_alone(void **state)
{
	struct fixture *fixture = *state;
	char error[256];
	int fd;

	control_destroy(fixture->control);
	fixture->control = NULL;
	fd = open(fixture->path, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(close(fd), 0);
	assert_null(control_fixture_create(fixture, error, sizeof(error)));
	assert_contains(error, "exists and is no socket");
	assert_int_equal(unlink(fixture->path), 0);
}

static void a_path_that_cannot_be_is_told(void **state)
{
	struct fixture wrong = {.folder = ""};
	char error[256];
	struct buf body;

	(void)state;
	(void)snprintf(wrong.path, sizeof(wrong.path), "/nowhere/at/all/sock");
	assert_null(control_fixture_create(&wrong, error, sizeof(error)));
	assert_contains(error,
		"cannot listen on \"/nowhere/at/all/sock\": No such file or directory");
	wrong.path[0] = '\0';
	assert_null(control_fixture_create(&wrong, error, sizeof(error)));
	assert_contains(error, "1 to 107 bytes");
	buf_init(&body, 1024);
	assert_int_equal(control_ask("", "GET", "/status", &body, NULL), -1);
	assert_contains(buf_text(&body), "File name too long");
	buf_finish(&body);
}

static void a_daemon_that_is_not_there_is_told(void **state)
{
	const struct fixture *fixture = *state;
	struct buf body;

	buf_init(&body, 1024);
	buf_puts(&body, "from before");
	assert_int_equal(control_ask("/nowhere/sock", "GET", "/status", &body, NULL), -1);
	assert_string_equal(buf_text(&body),
		"calpresence is not running (no answer on \"/nowhere/sock\")");
	assert_int_equal(control_ask(fixture->folder, "GET", "/status", &body, NULL), -1);
	assert_contains(buf_text(&body), "calpresence is not running");
	buf_finish(&body);
}

static void a_stranger_is_told_that_he_may_not(void **state)
{
	struct fixture *fixture = *state;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct buf body;

		/* Root may connect anywhere. */
		if (chmod(fixture->path, 0) != 0 ||
			(geteuid() == 0 && setuid(65534) != 0))
			_exit(2);
		buf_init(&body, 1024);
		if (control_ask(fixture->path, "GET", "/status", &body, NULL) != -1)
			_exit(3);
		_exit(strstr(buf_text(&body), "no permission to talk to") != NULL ? 0
										  : 4);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

#define TEST(name)                       \
	cmocka_unit_test_setup_teardown( \
		name, control_fixture_set_up, control_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_socket_is_for_its_owner_and_group),
		TEST(a_socket_that_somebody_answers_on_is_in_use),
		TEST(a_socket_left_behind_is_replaced),
		TEST(what_is_no_socket_is_left_alone),
		TEST(a_path_that_cannot_be_is_told),
		TEST(a_daemon_that_is_not_there_is_told),
		TEST(a_stranger_is_told_that_he_may_not),
	};

	return cmocka_run_group_tests_name("control socket", tests, NULL, NULL);
}
