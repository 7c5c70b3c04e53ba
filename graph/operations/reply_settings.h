#ifndef GRAPH_OPERATIONS_REPLY_SETTINGS_H
#define GRAPH_OPERATIONS_REPLY_SETTINGS_H

#include "base/buf.h"
#include "graph/operations/graph_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether people reply automatically (docs: graph/api/user-get-mailboxsettings), for many
 * at once by $batch (docs: graph/json-batching). The texts of the replies come along and
 * are dropped here.
 */
#define REPLY_SETTINGS_MOST 20 // parts of a batch

/* Appends the body of a batch. Failure shows in buf->failed. */
void reply_settings_write(struct buf *buf, const char *const *addresses, size_t n);

/* What was answered for one of them. */
struct reply_part {
	long status; // of HTTP; 0: there is no answer
	bool known;  // and it says that replies are on in [from, to); from == to: off
	int64_t from;
	int64_t to;
	int64_t retry_after_ms; // -1: none
	struct graph_error error;
};

struct reply_settings {
	struct graph_error error; // of all; is_json: a list of answers
	struct reply_part parts[REPLY_SETTINGS_MOST];
};

/* Reads an answer for n people of whatever status; now is UTC seconds. */
void reply_settings_read(const char *bytes, size_t n_bytes, size_t n, int64_t now,
	struct reply_settings *out_settings);

#endif
