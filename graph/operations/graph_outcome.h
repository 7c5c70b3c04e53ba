#ifndef GRAPH_OPERATIONS_GRAPH_OUTCOME_H
#define GRAPH_OPERATIONS_GRAPH_OUTCOME_H

#include "gateway/request/outcome.h"
#include "graph/operations/graph_code.h"
#include "graph/operations/graph_error.h"

#include <stddef.h>

/* What became of a request to Graph. */
struct graph_judgement {
	struct outcome outcome;
	/* It is refused in the name of this mailbox, and may be granted to another: the
	 * outcome is that of the mailbox alone. */
	bool of_caller;
};

/* Of a request for n mailboxes; error is that of its answer, read or not. */
struct graph_judgement graph_outcome_of(
	const struct transfer *transfer, const struct graph_error *error, size_t n);

/* What a code means, or a status where the code is not known. */
struct graph_code graph_code_of(long status, const char *code);

#endif
