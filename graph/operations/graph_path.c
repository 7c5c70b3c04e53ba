#include "graph/operations/graph_path.h"

#include <string.h>

void graph_path_put(struct buf *buf, const char *address, const char *rest)
{
	static const char unreserved[] = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	buf_puts(buf, "/users/");
	for (; *address; address++) {
		if (strchr(unreserved, *address))
			buf_add(buf, address, 1);
		else
			buf_printf(buf, "%%%02X", (unsigned char)*address);
	}
	buf_puts(buf, rest);
}
