#define _GNU_SOURCE /* memmem */
#include "http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(bool fine)
{
	if (!fine)
		abort();
}

/* How long the request at the front is; 0: not whole yet. */
static size_t request_length(const char *bytes, size_t n)
{
	const char *end = memmem(bytes, n, "\r\n\r\n", 4);
	const char *length = memmem(bytes, n, "Content-Length: ", 16);
	size_t body = 0;
	if (!end)
		return 0;
	for (const char *digit = length ? length + 16 : end;
		*digit >= '0' && *digit <= '9'; digit++)
		body = body * 10 + (size_t)(*digit - '0');
	size_t whole = (size_t)(end - bytes) + 4 + body;
	return whole <= n ? whole : 0;
}

/* False: the client is gone. */
static bool read_request(struct http_server *server, int fd)
{
	size_t n = 0;
	while (n < HTTP_REQUEST_MAX) {
		ssize_t got = recv(fd, server->last + n, HTTP_REQUEST_MAX - n, 0);
		if (got <= 0)
			return false;
		n += (size_t)got;
		server->last[n] = '\0';
		if (request_length(server->last, n) > 0)
			return true;
	}
	return false;
}

static bool send_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		bytes += sent;
		n -= (size_t)sent;
	}
	return true;
}

static void serve(struct http_server *server, int fd)
{
	char byte;
	server->connections++;
	server->peer = fd;
	while (read_request(server, fd)) {
		struct http_reply reply =
			server->reply(server->context, server->requests++, server->last);
		if (!reply.bytes) {
			(void)recv(fd, &byte, 1, 0);
			return;
		}
		if (!send_all(fd, reply.bytes, reply.n) || reply.close)
			return;
	}
}

static void *run(void *context)
{
	struct http_server *server = context;
	int fd;
	while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
		serve(server, fd);
		(void)close(fd);
	}
	return NULL;
}

void http_server_start(struct http_server *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof address;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->fd = socket(AF_INET, SOCK_STREAM, 0);
	must(server->fd >= 0);
	must(bind(server->fd, (struct sockaddr *)&address, size) == 0);
	must(listen(server->fd, 16) == 0);
	must(getsockname(server->fd, (struct sockaddr *)&address, &size) == 0);
	server->port = ntohs(address.sin_port);
	(void)snprintf(server->url, sizeof server->url,
		"http://127.0.0.1:%u/EWS/Exchange.asmx", server->port);
	must(pthread_create(&server->thread, NULL, run, server) == 0);
}

void http_server_say_more(struct http_server *server, const char *bytes, size_t n)
{
	must(send_all(server->peer, bytes, n));
}

void http_server_hang_up(struct http_server *server)
{
	must(shutdown(server->peer, SHUT_RDWR) == 0);
}

void http_server_stop(struct http_server *server)
{
	(void)shutdown(server->fd, SHUT_RDWR);
	must(pthread_join(server->thread, NULL) == 0);
	(void)close(server->fd);
}
