#ifndef EXCHANGE_STATS_H
#define EXCHANGE_STATS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	STATS_RECORDS = 64,
	STATS_ERROR_TEXT = 300,
	STATS_OPERATIONS = 16,
};

/* One request to the service, kept to be looked at. */
struct stats_record {
	int64_t number;
	int64_t at_ms; // wall clock
	int64_t mailboxes;
	const char *operation; // not owned; NULL: unknown
	unsigned status;       // 0: not answered yet
	struct buf headers;    // inside of a JSON object
	struct buf body;
};

struct stats {
	int64_t requests;
	int64_t mailboxes; // asked for
	int64_t reads;     // free/busy of mailboxes answered without an error, to the
			   // last byte
	int64_t logon_failures;
	int64_t challenges;  // 401 to requests that brought no credentials
	int64_t faults;      // played
	int64_t connections; // that brought a request
	int64_t ended;       // answered, whole or not
	int64_t in_flight;
	int64_t max_in_flight;
	int64_t schema_errors; // requests that are not as the schema says
	int64_t answer_errors; // answers of our own that are not
	int64_t subscriptions; // that are alive
	int64_t streams;       // open, which are not in_flight
	int64_t streams_ended;
	int64_t notifications;                // of changes, sent
	int64_t heartbeats;                   // sent
	int64_t throttled;                    // refused by the policy
	int64_t throttled_since_ms;           // the first of them, monotonic
	int64_t throttled_span_ms;            // from it to the last one
	int64_t operations[STATS_OPERATIONS]; // requests by operation
	char last_error[STATS_ERROR_TEXT];
	struct stats_record records[STATS_RECORDS];
};

void stats_finish(struct stats *stats);
void stats_note_error(struct stats *stats, const char *text);

/* Counts a request and returns its record, which is reused after STATS_RECORDS more. */
struct stats_record *stats_begin(struct stats *stats, int64_t now_ms);
/* The record of a number, NULL when it has been reused. */
struct stats_record *stats_record(struct stats *stats, int64_t number);

/* A JSON array of the last n requests, oldest first. */
void stats_put_records(struct buf *buf, struct stats *stats, int64_t n);
/* Looks a counter or an operation up by its name; false if there is none of
 * that name. */
bool stats_counter(const struct stats *stats, const char *name, int64_t *out_value);
/* The counters, as the inside of a JSON object. */
void stats_put(struct buf *buf, const struct stats *stats);
/* The same of the numbers of all operations. */
void stats_put_operations(struct buf *buf, const int64_t operations[STATS_OPERATIONS]);

#endif
