#ifndef EXCHANGE_VISIT_H
#define EXCHANGE_VISIT_H

#include "exchange/calendar.h"
#include "exchange/envelope.h"
#include "exchange/farm.h"
#include "exchange/faults.h"
#include "exchange/options.h"
#include "exchange/policy.h"
#include "exchange/roll.h"
#include "exchange/schema.h"
#include "exchange/stats.h"
#include "exchange/streaming.h"

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

#include <microhttpd.h>

#define AFFINITY "X-BackEndOverrideCookie"

enum {
	VISIT_MAX_BODY = 32 * 1024 * 1024, // of a request; calendar files come as such
	VISIT_MAX_ANSWER = 64 * 1024 * 1024,
	VISIT_HEADERS = 4,
	VISIT_FOREVER_MS = 24 * 3600 * 1000,
};

/* Everything the simulator knows. One thread does it all. */
struct sim {
	struct options options;
	char *user;            // owned
	char *password;        // owned; NULL: everybody is let in
	char *token;           // owned; what lets in instead, NULL: none
	bool token_speaks_for; // with it every request has to be in somebody's name
	bool denies_impersonation;
	bool is_unfriendly;    // answers as another vendor's server does
	char view[FAULT_WORD]; // what it calls every view of free/busy; empty: its name
	struct farm farm;
	struct schema *schema; // owned, or NULL
	struct calendar calendar;
	struct streaming streaming;
	struct faults faults;
	struct policy policy;
	struct stats stats;
	struct visit *held; // suspended, linked by next and prev
};

struct operation;

/* One HTTP request, from its headers to the last byte of the answer. */
struct visit {
	struct sim *sim;                   // not owned
	struct MHD_Connection *connection; // not owned
	const char *method;                // not owned
	const char *path;                  // not owned
	struct buf body;

	struct visit *prev;
	struct visit *next;
	bool (*is_ready)(struct visit *); // NULL: waits for wake_ms only
	int64_t wake_ms;                  // monotonic
	bool peer_left;

	int64_t deadline_ms; // of a wait, monotonic; 0: not begun
	bool is_ews;
	bool has_token;
	char account[STREAMING_NAME];  // who has logged on
	char affinity[STREAMING_NAME]; // the server that the request is led to; empty:
				       // none
	char cookie[STREAMING_NAME];   // that the answer sets to that end; empty: none
	const char *server;            // of the farm, that answers; not owned
	bool is_refused;               // by that server, whatever the credentials
	bool deviates;         // the answer is not as the schema has it, on purpose
	bool is_stream;        // it counts as a stream, not as in flight
	struct stream *stream; // not owned; the answer, or NULL
	bool was_read;         // request and what follows is filled
	bool was_held;         // the delay of the fault is over
	bool succeeded;        // once it is sent, the operation is done
	int64_t number;        // of its record
	struct envelope envelope;
	const struct operation *operation; // NULL: unknown
	struct roll roll;                  // the mailboxes that it is about
	void *asked;               // owned; what the operation keeps of the request
	struct soap_fault refusal; // code is NULL for a good request
	struct fault fault;
	struct policy_account *budget; // not owned; NULL: it is charged to none
	int64_t entered_ms;            // monotonic
	char backoff[POLICY_BACKOFF];  // that the refusal points to
};

struct visit *visit_create(struct sim *sim, struct MHD_Connection *connection,
	const char *method, const char *path);
void visit_destroy(struct visit *visit);

/* Suspends the connection for so long, or until is_ready says so, or the peer leaves:
 * then the visit's answer is asked for again. */
void visit_hold(struct visit *visit, int64_t ms, bool (*is_ready)(struct visit *));
void visit_resume(struct visit *visit);

/* A header of the request, "" if there is none. */
const char *visit_header(const struct visit *visit, const char *name);
/* Counts an answer of ours that is not as the schema has it. */
void visit_check(struct sim *sim, const struct buf *body);

struct visit_reply {
	unsigned status;
	const char *type; // NULL: none
	const char *headers[VISIT_HEADERS][2];
};

/* Answers with the bytes of the buffer, which it takes. */
enum MHD_Result visit_reply(
	struct visit *visit, const struct visit_reply *reply, struct buf *body);
/* The same with a response that it takes; NULL closes the connection. */
enum MHD_Result visit_reply_with(struct visit *visit, const struct visit_reply *reply,
	struct MHD_Response *response);

#endif
