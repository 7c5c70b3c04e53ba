#define _GNU_SOURCE /* environ, posix_spawn_file_actions_addclosefrom_np */
#include "component/workers/worker_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKER_FD 3
#define OWN_BINARY "/proc/self/exe"

static bool is_passed_on(const char *variable)
{
	static const char *const passed[] = {"PATH=", "LANG=", "TZ=", "SSL_CERT_",
		"KRB5_", "ASAN_OPTIONS=", "LSAN_OPTIONS=", "UBSAN_OPTIONS=",
		"TSAN_OPTIONS=", "MSAN_OPTIONS="};
	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++) {
		if (strncmp(variable, passed[i], strlen(passed[i])) == 0)
			return true;
	}
	return false;
}

/* An array of borrowed strings; NULL when out of memory. */
static char **make_environment(void)
{
	size_t n = 0;
	while (environ && environ[n])
		n++;
	char **passed = calloc(n + 1, sizeof *passed);
	if (!passed)
		return NULL;
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		if (is_passed_on(environ[i]))
			passed[kept++] = environ[i];
	}
	return passed;
}

/* Our blocked and ignored signals would stay so over exec. */
static int set_signals(posix_spawnattr_t *attributes)
{
	sigset_t signals;
	(void)sigemptyset(&signals);
	int error = posix_spawnattr_setsigmask(attributes, &signals);
	(void)sigfillset(&signals);
	if (error == 0)
		error = posix_spawnattr_setsigdefault(attributes, &signals);
	if (error == 0)
		error = posix_spawnattr_setflags(attributes,
			(short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
	return error;
}

static int set_files(posix_spawn_file_actions_t *actions, int socket)
{
	int error = posix_spawn_file_actions_adddup2(actions, socket, WORKER_FD);
	if (error == 0)
		error = posix_spawn_file_actions_addopen(
			actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(
			actions, STDERR_FILENO, STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_addclosefrom_np(actions, WORKER_FD + 1);
	return error;
}

/* By its own name where that is still this binary: tools that run programs, valgrind for
 * one, keep the other name to themselves. After an upgrade the name means another binary,
 * which may speak otherwise. */
static const char *own_path(char path[PATH_MAX])
{
	static const char gone[] = " (deleted)";
	ssize_t n = readlink(OWN_BINARY, path, PATH_MAX - 1);
	if (n <= 0 || n == PATH_MAX - 1)
		return OWN_BINARY;
	path[n] = '\0';
	size_t start = (size_t)n < sizeof gone ? 0 : (size_t)n + 1 - sizeof gone;
	return strcmp(path + start, gone) == 0 ? OWN_BINARY : path;
}

/* 0 or an errno. */
static int spawn(const struct worker_program *program, int socket, pid_t *out_pid)
{
	char own[PATH_MAX];
	const char *path = program->path ? program->path : own_path(own);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char **environment = make_environment();
	if (!environment)
		return ENOMEM;
	int error = posix_spawn_file_actions_init(&actions);
	if (error)
		goto free_environment;
	error = posix_spawnattr_init(&attributes);
	if (error)
		goto destroy_actions;
	error = set_signals(&attributes);
	if (error == 0)
		error = set_files(&actions, socket);
	if (error == 0)
		error = posix_spawn(
			out_pid, path, &actions, &attributes, program->argv, environment);
	(void)posix_spawnattr_destroy(&attributes);
destroy_actions:
	(void)posix_spawn_file_actions_destroy(&actions);
free_environment:
	free(environment);
	return error;
}

pid_t worker_process_start(const struct worker_program *program, int *out_socket)
{
	int ends[2];
	pid_t pid;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -1;
	int error = spawn(program, ends[1], &pid);
	(void)close(ends[1]);
	if (error) {
		(void)close(ends[0]);
		errno = error;
		return -1;
	}
	*out_socket = ends[0];
	return pid;
}

bool worker_process_reap(pid_t pid, char out_how[WORKER_HOW_SIZE])
{
	int status;
	if (waitpid(pid, &status, WNOHANG) != pid)
		return false;
	if (WIFSIGNALED(status))
		(void)snprintf(out_how, WORKER_HOW_SIZE, "was killed by signal %d",
			WTERMSIG(status));
	else
		(void)snprintf(out_how, WORKER_HOW_SIZE, "ended with status %d",
			WEXITSTATUS(status));
	return true;
}
