#ifndef COMPONENT_XMPP_OUTBOX_H
#define COMPONENT_XMPP_OUTBOX_H

#include "base/buf.h"
#include "base/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What waits to be sent. Between one (from, to) only the latest availability is kept: a
 * newer one takes the place of the older. All other stanzas are first in, first out, with
 * a bound, and an availability never changes its place relative to one of the same pair.
 * One to a bare address is for all of its clients, and never overtakes one to a client.
 */

/* The inside of an availability, shared by all who are told the same. Counted. */
struct body {
	size_t refs;
	bool unavailable; // type='unavailable'
	size_t len;
	char xml[]; // show, status, priority, children
};

struct body *body_create(bool unavailable, const char *xml, size_t n); // NULL: no memory
struct body *body_ref(struct body *body);
void body_put(struct body *body);                            // accepts NULL
bool body_equal(const struct body *a, const struct body *b); // NULL equals NULL only

/* Of stanzas other than availabilities, which are bounded by the pairs that there are. */
#define OUTBOX_STANZAS_MAX 100000
#define OUTBOX_BYTES_MAX (64 * 1024 * 1024)
#define OUTBOX_STANZA_MAX (64 * 1024)
/* As many stanzas keep the stream busy; who could make more of them waits. */
#define OUTBOX_FULL 4096

struct outbox;

/* id: put on every availability, by which an echo is recognised as ours. */
struct outbox *outbox_create(struct names *names, const char *id);
void outbox_destroy(struct outbox *outbox);

/* Queues an availability; takes its own references of the names and the body. from and to
 * are whole addresses. false when out of memory or when the stanza could be longer than
 * OUTBOX_STANZA_MAX; what waited before waits on then. */
bool outbox_availability(
	struct outbox *outbox, struct name *from, struct name *to, struct body *body);

/* Queues any other stanza as text. from and to name the pair whose order it keeps; either
 * may be NULL for a stanza that stands in no order (an iq). false: too long, too many, or
 * out of memory; nothing was queued then. */
bool outbox_stanza(struct outbox *outbox, struct name *from, struct name *to,
	const char *text, size_t n);

/* Renders from the front up to `most` bytes of whole stanzas into buf and removes them;
 * returns how many stanzas that were. Less than OUTBOX_STANZA_MAX may find room for none.
 */
size_t outbox_take(struct outbox *outbox, struct buf *buf, size_t most);
size_t outbox_length(const struct outbox *outbox);
/* Whether fewer than OUTBOX_FULL wait. Availabilities are taken beyond it, too: who makes
 * them in numbers asks before each. */
bool outbox_has_room(const struct outbox *outbox);
/* Drops everything (the stream is gone). */
void outbox_clear(struct outbox *outbox);
const char *outbox_id(const struct outbox *outbox);
/* Counters since creation: stanzas taken, availabilities that took an older one's place.
 */
uint64_t outbox_taken(const struct outbox *outbox);
uint64_t outbox_merged(const struct outbox *outbox);

#endif
