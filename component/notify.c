#include "component/notify.h"

#include "base/log.h"
#include "base/parse.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A name that begins with @ is in the abstract namespace, which has a NUL there. */
static bool read_address(
	const char *name, struct sockaddr_un *out_address, socklen_t *out_size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || n >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, name, n);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	*out_address = address;
	*out_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return true;
}

void notify(const char *assignments)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t size;
	int fd;

	if (!name || !read_address(name, &address, &size))
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, assignments, strlen(assignments), MSG_NOSIGNAL,
			      (const struct sockaddr *)&address, size) < 0)
		log_warning("the service manager cannot be told how we are: %s",
			strerror(errno));
	if (fd >= 0)
		(void)close(fd);
}

/* A number from the environment; 0: it is not there. */
static int64_t read_number(const char *name)
{
	const char *text = getenv(name);
	int64_t number = 0;

	if (!text || !parse_int64(text, strlen(text), 1, INT64_MAX, &number))
		return 0;
	return number;
}

int64_t notify_watchdog_ms(void)
{
	int64_t most_us = read_number("WATCHDOG_USEC");
	int64_t pid = read_number("WATCHDOG_PID");
	int64_t half_ms = most_us / 2 / 1000;

	if (most_us == 0 || (pid != 0 && pid != getpid()))
		return 0;
	return half_ms > 0 ? half_ms : 1;
}
