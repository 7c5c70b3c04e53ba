#ifndef EXCHANGE_RESPONSE_H
#define EXCHANGE_RESPONSE_H

#include "exchange/operation.h"

/* An answer of one m:ResponseMessageType in m:ResponseMessages, as most operations have
 * it. Between opening and closing come the elements of the operation, with the prefixes m
 * and t. */

/* name: of the operation, "Subscribe". code: "NoError" or an error's, whose text is made
 * up where Exchange's is not known. */
void response_open(
	struct buf *out, const char *name, const char *code, const struct twist *twist);
void response_close(struct buf *out, const char *name);

#endif
