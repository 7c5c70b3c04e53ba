#ifndef TESTS_UNIT_GATEWAY_HTTP_SERVER_H
#define TESTS_UNIT_GATEWAY_HTTP_SERVER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* A server on loopback that says what a test wants it to say, byte for byte, on one
 * connection after the other. */
#define HTTP_REQUEST_MAX (64 * 1024)

struct http_reply {
	const char *bytes; // borrowed; NULL: says nothing and waits for the client to go
	size_t n;
	bool close; // the connection, afterwards
};

struct http_server {
	/* Called in the server's thread with a whole request, NUL-terminated. */
	struct http_reply (*reply)(void *context, unsigned nth, const char *request);
	void *context;
	unsigned port;
	char url[64]; // http://127.0.0.1:port/EWS/Exchange.asmx
	unsigned requests;
	unsigned connections;
	char last[HTTP_REQUEST_MAX + 1];
	int fd;
	int peer; // the connection that has been answered last
	pthread_t thread;
};

/* reply and context are filled in. */
void http_server_start(struct http_server *server);
/* From the test's thread, to a client that has had the beginning of its answer: more of
 * it, and that the connection ends. */
void http_server_say_more(struct http_server *server, const char *bytes, size_t n);
void http_server_hang_up(struct http_server *server);
/* After this the counts and the last request may be looked at. */
void http_server_stop(struct http_server *server);

#endif
