#ifndef GRAPH_OPERATIONS_GRAPH_ERROR_H
#define GRAPH_OPERATIONS_GRAPH_ERROR_H

#include <jansson.h>
#include <stdbool.h>

/* An error as Graph tells it, beside the status: {"error": {"code", "message",
 * "innerError": {"code", "innerError"...}}} (docs: graph/errors). */
struct graph_error {
	bool is_json;   // the answer could be read at all
	bool told;      // it has an error in it
	char code[64];  // the innermost that is known, else the outermost; "": none
	char text[256]; // for people: one line
};

void graph_error_read(const json_t *answer, struct graph_error *out_error);

#endif
