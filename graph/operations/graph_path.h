#ifndef GRAPH_OPERATIONS_GRAPH_PATH_H
#define GRAPH_OPERATIONS_GRAPH_PATH_H

#include "base/buf.h"

/* Appends "/users/ID" and what follows it; of the address only what may stand in a path
 * stays as it is (RFC 3986 section 2.3), guests have a # in it. */
void graph_path_put(struct buf *buf, const char *address, const char *rest);

#endif
