#ifndef COMPONENT_PUBLISH_WATCHERS_H
#define COMPONENT_PUBLISH_WATCHERS_H

#include "component/people/people.h"
#include "component/publish/component_mode.h"
#include "component/xmpp/outbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The list of a person's watchers, with all the counting that bounds it. It sends nothing
 * and decides nothing. Private to component_mode.c and watchers.c. */

struct watcher {
	struct name *jid;   // owned reference; bare; first, for names_place()
	struct name *from;  // owned reference; the address he knows, with our resource
	struct body *shown; // owned reference; what he was shown last; NULL: not known
	int64_t since;      // UTC seconds: since when he waits; when he was told to leave
	uint32_t order;     // of those with the same `since`
	enum watcher_state state : 8;
	/* Who is leaving: approved, and so to be told `unsubscribed`, too, or a guest,
	 * and one again after a restart; else whatever. */
	enum watcher_state was : 8;
	bool asked; // in a state that is not pending: his request waits for an answer
	bool gone;  // until watchers_sweep()
};

/* Somebody's client wants to know what there is to see. */
struct probe {
	struct probe *next;
	struct name *from; // owned reference; as in struct watcher
	struct name *jid;  // owned reference; bare
	struct name *to;   // owned reference; the client
};

/* Those of one person. While she is not known, who asked for her all the same. */
struct watchers {
	uint32_t hash;   // of `jid`; first, for subscriptions::unknown
	bool is_unknown; // is in subscriptions::unknown
	struct people *people;
	struct name *jid;        // owned reference; hers
	struct watchers *before; // in subscriptions::unasked
	struct watchers *after;
	struct watcher *all; // owned array, sorted by the pointer `jid`
	uint32_t n;
	uint32_t cap;
	uint32_t n_pending;  // pending and probed
	uint32_t n_admitted; // approved and guests
	uint32_t n_gone;
	struct body *body;    // owned reference; what there was to see at the last look
	int64_t shown_at;     // UTC seconds; when it was shown first; 0: to nobody
	struct probe *probes; // owned list
	uint32_t n_probes;
};

/* A body longer than this may not fit into a stanza with its addresses. */
#define BODY_MAX (OUTBOX_STANZA_MAX / 2)
/* How many of a person's probes are answered one by one. */
#define PROBES_MAX 1000
/* Requests that are kept of people who are not known yet, of all together; one for whom
 * nobody asked for longest goes first. */
#define EARLY_MAX 10000
#define EARLY_FOREIGN_MAX (EARLY_MAX / 2) // of these, of other servers' people

/* Bodies that were made last, found by their text: most people show the same. */
#define BODIES_KEPT 64

struct subscriptions {
	struct table unknown;     // owned
	struct watchers *unasked; // the same; first who was not asked for for longest
	size_t n_early;           // watchers in it
	size_t n_early_foreign;   // of these, of domains that are not served
	uint32_t next_order;
	int64_t said_full_ms;             // monotonic; 0: never
	struct body *gone;                // owned; unavailable
	char *caps;                       // owned; our own <c/>
	struct body *bodies[BODIES_KEPT]; // owned references; may be NULL
	struct buf scratch;               // what the next body is written in
};

/* Makes people->subscriptions. false: no memory. */
bool watchers_init(struct people *people);
/* After the last person. */
void watchers_finish(struct people *people);

/* false: no memory. Whoever asked for her before she was known is pending. */
bool watchers_dress(struct person *person);
void watchers_undress(struct person *person);

/* from: the address that he knows, with our resource; jid: his, bare. Pointers last until
 * the next watcher_add() or watchers_sweep(). */
struct watcher *watcher_find(
	const struct watchers *watchers, const char *from, const char *jid);
/* NULL: WATCHERS_PER_PERSON_MAX is reached, or he is pending and PENDING_PER_WATCHER_MAX
 * is (which is said, once an hour at most), or no memory. */
struct watcher *watcher_add(struct watchers *watchers, const char *from, const char *jid,
	enum watcher_state state, int64_t since);
void watcher_set_state(
	struct watchers *watchers, struct watcher *watcher, enum watcher_state state);
/* Whether he may wait for one decision more; that he may not is said. */
bool watcher_may_wait(const struct watchers *watchers, const struct watcher *watcher);
void watcher_set_shown(struct watcher *watcher, struct body *body); // body may be NULL
/* He counts no more, and goes at the next watchers_sweep(). */
void watcher_drop(struct watchers *watchers, struct watcher *watcher);
/* His row goes, too. */
void watcher_forget(struct watchers *watchers, struct watcher *watcher);
void watchers_sweep(struct watchers *watchers);
bool watcher_is_pending(const struct watcher *watcher);
bool watcher_is_admitted(const struct watcher *watcher);
/* Whether he has waited for longer. */
bool watcher_is_older(const struct watcher *watcher, const struct watcher *than);
/* The address that he knows, without our resource. */
void watcher_bare_address(const struct watcher *watcher, char out_address[JID_SIZE]);

/* false: there is no room for it, or no memory. */
bool watchers_add_probe(
	struct watchers *watchers, const struct watcher *watcher, const char *client);
void watchers_drop_probes(struct watchers *watchers);

/* Keeps a request or a probe for somebody who is not known. false: he has too many, or no
 * memory. */
bool early_add(struct people *people, const char *person, const char *from,
	const char *jid, enum watcher_state state, int64_t since);
void early_drop(
	struct people *people, const char *person, const char *from, const char *jid);
/* Drops all requests of this JID's and for it; false: there was none. */
bool early_drop_all(struct people *people, const struct name *jid);

#endif
