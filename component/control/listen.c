#include "component/control/listen.h"

#include "component/control/control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

bool listen_address(const char *path, struct sockaddr_un *out_address)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, path, n + 1);
	*out_address = address;
	return true;
}

static int make_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int connect_to(const struct sockaddr_un *address)
{
	int fd = make_socket();
	int result;

	if (fd < 0)
		return errno;
	result = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0
			 ? 0
			 : errno;
	(void)close(fd);
	return result;
}

/* Removes the socket of a daemon that is gone; true if the path is free now. */
static bool clear_path(
	const struct sockaddr_un *address, char *out_error, size_t error_size)
{
	const char *path = address->sun_path;
	struct stat info;
	int result;

	if (lstat(path, &info) < 0)
		return true; // bind() says what else is wrong
	if (!S_ISSOCK(info.st_mode)) {
		(void)snprintf(
			out_error, error_size, "\"%s\" exists and is no socket", path);
		return false;
	}
	result = connect_to(address);
	/* EAGAIN: somebody listens who has many waiting. */
	if (result == 0 || result == EAGAIN) {
		(void)snprintf(out_error, error_size,
			"\"%s\" is in use: another calpresence answers on it", path);
		return false;
	}
	if (result != ECONNREFUSED || unlink(path) < 0) {
		(void)snprintf(out_error, error_size, "cannot replace \"%s\": %s", path,
			strerror(result != ECONNREFUSED ? result : errno));
		return false;
	}
	return true;
}

int listen_on(const char *path, char *out_error, size_t error_size)
{
	struct sockaddr_un address;
	mode_t before;
	int bound;
	int fd;

	if (!listen_address(path, &address)) {
		(void)snprintf(out_error, error_size,
			"\"%s\" is no path for a socket: 1 to %zu bytes", path,
			sizeof(address.sun_path) - 1);
		return -1;
	}
	if (!clear_path(&address, out_error, error_size))
		return -1;
	fd = make_socket();
	/* By the umask and not by chmod(): there is no moment with another mode. */
	before = umask(0117);
	bound = fd < 0 ? -1
		       : bind(fd, (const struct sockaddr *)&address, sizeof(address));
	(void)umask(before);
	if (bound < 0 || listen(fd, CONTROL_CONNECTIONS_MAX) < 0) {
		(void)snprintf(out_error, error_size,
			"cannot listen on \"%s\": %s (its folder has to exist and to "
			"belong to the user that calpresence runs as)",
			path, strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	return fd;
}
