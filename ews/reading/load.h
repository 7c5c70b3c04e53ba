#ifndef EWS_READING_LOAD_H
#define EWS_READING_LOAD_H

#include <stddef.h>
#include <stdint.h>

/*
 * How many mailboxes a request carries at a gateway. What Exchange, or a proxy before it,
 * refuses for its size is halved for all requests; each minute of success gives some of
 * it back.
 */
#define LOAD_GROW_MS 60000
#define LOAD_GROW 5 // mailboxes; from one to all in 20 minutes

struct load {
	size_t most; // 1 to AVAILABILITY_MAILBOXES_MAX
	int64_t grown_ms;
};

void load_init(struct load *load);
/* n mailboxes were too many for a request. */
void load_refused(struct load *load, size_t n, int64_t now_ms);
/* A request was answered. */
void load_good(struct load *load, int64_t now_ms);

#endif
