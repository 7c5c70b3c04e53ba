/* For close_range() and pipe2(). */
#define _GNU_SOURCE
#include "component/xmpp/link_resolve.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The only descriptor that the child keeps. */
#define CHILD_FD 3

static void add_address(struct addresses *addresses, const char *text, size_t n)
{
	if (n == 0 || n >= RESOLVE_ADDRESS_SIZE || addresses->n == RESOLVE_ADDRESSES_MAX)
		return;
	memcpy(addresses->text[addresses->n], text, n);
	addresses->text[addresses->n][n] = '\0';
	addresses->n++;
}

bool resolve_literal(const char *host, struct addresses *out_addresses)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST,
		.ai_socktype = SOCK_STREAM,
	};
	struct addresses addresses = {0};
	struct addrinfo *found;

	if (strcmp(host, "localhost") == 0) {
		add_address(&addresses, "127.0.0.1", strlen("127.0.0.1"));
		add_address(&addresses, "::1", strlen("::1"));
	} else if (getaddrinfo(host, NULL, &hints, &found) == 0) {
		freeaddrinfo(found);
		add_address(&addresses, host, strlen(host));
	}
	if (addresses.n == 0)
		return false;
	*out_addresses = addresses;
	return true;
}

void resolver_init(struct resolver *resolver)
{
	*resolver = (struct resolver){.fd = -1};
}

/* One line an address. A write to a pipe of at most PIPE_BUF bytes is never split. */
static void write_address(const struct addrinfo *address)
{
	char line[RESOLVE_ADDRESS_SIZE];
	size_t n;

	if (getnameinfo(address->ai_addr, address->ai_addrlen, line, sizeof(line) - 1,
		    NULL, 0, NI_NUMERICHOST) != 0)
		return;
	n = strlen(line);
	line[n] = '\n';
	(void)!write(CHILD_FD, line, n + 1);
}

/* Runs in the child, which keeps nothing of the parent's open: a lock or a connection
 * must not outlive the parent in here. */
static _Noreturn void look_up(const char *host, int fd)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_ADDRCONFIG,
	};
	struct addrinfo *found;
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if ((fd != CHILD_FD && dup2(fd, CHILD_FD) < 0) ||
		close_range(CHILD_FD + 1, ~0U, 0) < 0)
		_exit(1);
	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		_exit(1);
	for (const struct addrinfo *address = found; address; address = address->ai_next)
		write_address(address);
	_exit(0);
}

bool resolver_start(struct resolver *resolver, const char *host, int64_t now_ms)
{
	int ends[2];
	pid_t child;

	assert(resolver->child == 0);
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return false;
	child = fork();
	if (child == 0)
		look_up(host, ends[1]);
	(void)close(ends[1]);
	if (child < 0) {
		(void)close(ends[0]);
		return false;
	}
	*resolver = (struct resolver){
		.child = child,
		.fd = ends[0],
		.deadline_ms = now_ms + RESOLVE_TIMEOUT_MS,
	};
	return true;
}

void resolver_stop(struct resolver *resolver)
{
	if (resolver->child == 0)
		return;
	(void)close(resolver->fd);
	(void)kill(resolver->child, SIGKILL);
	while (waitpid(resolver->child, NULL, 0) < 0 && errno == EINTR)
		;
	resolver_init(resolver);
}

static enum resolve_result finish(
	struct resolver *resolver, struct addresses *out_addresses)
{
	struct addresses addresses = {0};
	const char *line = resolver->text;
	const char *end;

	while ((end = memchr(
			line, '\n', resolver->len - (size_t)(line - resolver->text)))) {
		add_address(&addresses, line, (size_t)(end - line));
		line = end + 1;
	}
	resolver_stop(resolver);
	if (addresses.n == 0)
		return RESOLVE_FAILED;
	*out_addresses = addresses;
	return RESOLVE_DONE;
}

enum resolve_result resolver_turn(
	struct resolver *resolver, int64_t now_ms, struct addresses *out_addresses)
{
	ssize_t n;

	do {
		n = read(resolver->fd, resolver->text + resolver->len,
			sizeof(resolver->text) - resolver->len);
		if (n > 0)
			resolver->len += (size_t)n;
	} while (n > 0);
	if (n == 0)
		return finish(resolver, out_addresses);
	if (errno == EAGAIN && now_ms < resolver->deadline_ms)
		return RESOLVE_PENDING;
	resolver_stop(resolver);
	return RESOLVE_FAILED;
}
