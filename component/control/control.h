#ifndef COMPONENT_CONTROL_CONTROL_H
#define COMPONENT_CONTROL_CONTROL_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The control socket: HTTP on a Unix socket of mode 0660, through libmicrohttpd, without
 * a thread of its own. What is asked is answered by the program in the same turn. A
 * client that says nothing for ten seconds is cut off; beyond CONTROL_CONNECTIONS_MAX
 * clients wait; a request has no body.
 */
enum control_verb {
	CONTROL_STATUS, // GET /status
	CONTROL_WHY,    // GET /why?jid=
	CONTROL_RELOAD, // POST /reload, with ?dry_run=1 or ?force=1
	CONTROL_FORGET, // POST /forget?jid=
};

struct control_request {
	enum control_verb verb;
	bool json;       // else text for people; ?format=json or Accept: application/json
	const char *jid; // "" none; borrowed
	bool dry_run;    // of a reload: only say what it would do
	bool force;      // of a reload: whatever it ends
};

struct control_answer {
	int status;     // of HTTP: 200, 400, 404, 409, 500
	bool attention; // somebody has to act; a header says so
	struct buf *body;
};

struct control_events {
	/* Fills in the answer, which is zeroed but for an empty body. Comes from
	 * control_turn(), not from inside libmicrohttpd. */
	void (*answer)(void *context, const struct control_request *request,
		struct control_answer *answer);
	void *context;
};

struct control;

#define CONTROL_TARGET_MAX 16384 // bytes, of what is asked for
#define CONTROL_BODY_MAX (64 * 1024 * 1024)
#define CONTROL_CONNECTIONS_MAX 32

/* Binds the socket at path (a socket that nobody answers on is replaced; one that
 * somebody answers on is "in use"). NULL with a reason in out_error. */
struct control *control_create(const char *path, const struct control_events *events,
	char *out_error, size_t error_size);
void control_destroy(struct control *control); // removes the socket file

/* libmicrohttpd's epoll descriptor, for poll(POLLIN). */
int control_fd(const struct control *control);
/* Milliseconds until control_turn() is due without an event; -1: none. */
int control_timeout_ms(struct control *control);
void control_turn(struct control *control);

/*
 * The other end: asks the running daemon. method "GET" or "POST", target e.g.
 * "/why?jid=alice%40example.test". Returns the HTTP status with the body in out_body, or
 * -1 with a sentence in out_body ("calpresence is not running (no answer on ...)"); what
 * out_body had is gone. out_attention (may be NULL): somebody has to act. Each step waits
 * for at most 5 s.
 */
int control_ask(const char *path, const char *method, const char *target,
	struct buf *out_body, bool *out_attention);
#define CONTROL_ATTENTION_HEADER "Calpresence-Attention"
/* Appends text percent-encoded for a query (RFC 3986 section 2.1). */
void control_put_query(struct buf *buf, const char *text);

#endif
