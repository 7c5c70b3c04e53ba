#ifndef GATEWAY_HTTP_ENDPOINTS_H
#define GATEWAY_HTTP_ENDPOINTS_H

#include "gateway/request/outcome.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The URLs of a gateway, which lead to the same mailboxes, in the order in which they are
 * preferred. What cannot be reached at one goes to the next; there it stays. No I/O, no
 * clock.
 */
#define ENDPOINTS_MAX 8
#define ENDPOINTS_RETURN_MS 300000  // until the first one is tried again
#define ENDPOINTS_REFUSED_MS 960000 // likewise, where it refused the log-on

struct endpoints {
	char *text; // owned: what the URLs point into
	const char *urls[ENDPOINTS_MAX];
	unsigned n;
	unsigned current;
	unsigned told;     // where we last said to be
	unsigned granted;  // where the log-on was granted last; ENDPOINTS_MAX: nowhere
	int64_t return_ms; // when one request goes to the first one again
	char hint[320];
	bool hinting; // it was not told yet
	bool refused; // the first one did, and that was not told yet
};

/* urls: separated by newlines; "" is one URL that is empty. -1 when out of memory; to be
 * finished in any case. */
int endpoints_init(struct endpoints *endpoints, const char *urls)
	__attribute__((warn_unused_result));
void endpoints_finish(struct endpoints *endpoints);

/* Whether a request did not reach Exchange, so that another way is worth a try. */
bool endpoints_is_missed(const struct transfer *transfer);

/* Which one a new request goes to. */
unsigned endpoints_pick(struct endpoints *endpoints, int64_t now_ms);
/* It was reached. */
void endpoints_reached(struct endpoints *endpoints, unsigned which, int64_t now_ms);
/* It was, and refused the log-on: the next try goes to the one that granted it last, else
 * to the next in order. */
void endpoints_refused(struct endpoints *endpoints, unsigned which, int64_t now_ms);
/* It was not. tried (bits) is the request's, 0 at first. True with the next one to try;
 * false when the request has tried them all. */
bool endpoints_missed(struct endpoints *endpoints, unsigned which, unsigned *tried,
	int64_t now_ms, unsigned *out_which);

/* That we moved, once; NULL: nothing. Lives until the next call. */
const char *endpoints_hint(struct endpoints *endpoints);

#endif
