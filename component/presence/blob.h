#ifndef COMPONENT_PRESENCE_BLOB_H
#define COMPONENT_PRESENCE_BLOB_H

#include "component/presence/model.h"

/* A client's own presence as bytes for the store, and back. */

void blob_write(struct buf *buf, const struct resource *resource);
/* Fills a new resource, unconfirmed. false: not what blob_write() wrote, or no memory. */
bool blob_read(const void *bytes, size_t n, struct resource *resource);

#endif
