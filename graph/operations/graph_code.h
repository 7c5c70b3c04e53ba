#ifndef GRAPH_OPERATIONS_GRAPH_CODE_H
#define GRAPH_OPERATIONS_GRAPH_CODE_H

#include "gateway/protocol/messages.h"

#include <stdbool.h>

/* What the codes of errors ask for (docs: graph/errors, and what was seen in the field).
 */
enum graph_code_class {
	GRAPH_CODE_OTHER,      // not expected of what is asked here
	GRAPH_CODE_THROTTLE,   // wait
	GRAPH_CODE_TRANSIENT,  // ask again
	GRAPH_CODE_REDISCOVER, // the mailbox moves
	GRAPH_CODE_MAILBOX,    // this mailbox, until the directory changes
	GRAPH_CODE_AUTHZ,      // the token, or a right
	GRAPH_CODE_SHRINK,     // ask for less at once
	GRAPH_CODE_REQUEST,    // our request is wrong
	GRAPH_CODE_ITEM,       // one entry
};

struct graph_code {
	const char *name;
	enum graph_code_class class;
	enum gateway_fault fault;
	bool elsewhere; // another gateway may have the mailbox
	bool of_caller; // it says nothing of others than the mailbox that was asked as
};

/* NULL: it is not known. */
const struct graph_code *graph_code_find(const char *name);
/* What a status means without a code that is known. */
struct graph_code graph_code_of_status(long status);

#endif
