#ifndef TESTS_UNIT_COMPONENT_FAKE_SERVER_H
#define TESTS_UNIT_COMPONENT_FAKE_SERVER_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

#define FAKE_JID "meet.example.test"
#define FAKE_SECRET "s3cret"

/*
 * An IM server as far as XEP-0114 sees it, on a loopback port of the kernel's choice,
 * turned by the test's own loop. It greets one component at a time and says what it is
 * told to.
 */
struct fake_server {
	int listener;
	int peer; // -1: nobody is here
	unsigned short port;
	struct buf in;  // of this connection
	struct buf out; // not yet written
	unsigned connections;
	bool greeted; // the stream header went out
	bool let_in;  // the handshake was right

	/* Set by the test. */
	const char *refusal; // condition of a stream error instead of the stream's start
	bool silent;         // takes the connection and says nothing
	bool deaf;           // reads nothing
	bool leaving;        // closes the connection when all is written
	size_t slice;        // bytes written a turn, 0: all there are
};

void fake_server_start(struct fake_server *server);
void fake_server_stop(struct fake_server *server);
void fake_server_turn(struct fake_server *server);
void fake_server_say(struct fake_server *server, const char *xml);
/* Ends the stream with this condition and the connection. */
void fake_server_refuse(struct fake_server *server, const char *condition);
/* Closes the connection at once. */
void fake_server_drop(struct fake_server *server);

#endif
