#ifndef GATEWAY_REQUEST_REQUEST_H
#define GATEWAY_REQUEST_REQUEST_H

#include "base/buf.h"
#include "base/clock.h"
#include "gateway/request/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One request, whoever wants it. The dispatcher (gateway/dispatch/dispatcher.h) asks the
 * sources in turn, whenever the account lets one more request go.
 */

#define REQUEST_COOKIE_SIZE 1024

/* On which terms requests are made at present. */
struct request_terms {
	const char *version; // of the kind's protocol, which lives for ever; NULL: it has
			     // none
	bool impersonates;   // every request has to be in the name of a mailbox
	bool may_impersonate; // requests about a mailbox can be in its name
	const char *anchor;   // a mailbox in whose name all may be asked; NULL: not known
	bool anchor_is_set;   // by an administrator: all is charged to it
};

/* What is to be known of a request beside its body. Strings are copied. */
struct request {
	const char *header;     // one more of HTTP, "name: value"; a literal; NULL: none
	const char *url;        // NULL: the gateway's
	const char *anchor;     // X-AnchorMailbox; NULL: none
	const char *charged_to; // the mailbox whose budget it takes; NULL: the account's
	bool prefer_affinity;   // X-PreferServerAffinity
	const char *cookie;     // "name=value" of a server; NULL: none
	const char *media_type; // NULL: of XML
	const char *accept;     // what an answer may be; a literal; NULL: anything
	bool get;               // GET, without a body
	bool anonymous;         // without credentials
	int64_t timeout_s;      // 0: the gateway's
};

/* What became of a request. */
struct request_reply {
	const struct outcome *outcome;   // it never left us; NULL: it did
	const struct transfer *transfer; // unless outcome
	const char *body;                // the answer, or NULL where there was none
	size_t n;
	const char *cookie; // that of the server that answered; "" none
};

struct request_source {
	/* When it has a request next, monotonic: maybe in the past; INT64_MAX: when
	 * something happened. */
	int64_t (*due)(void *self, const struct now *now);
	/* Writes its next request into body, which is empty; false if it has none after
	 * all. `slot` (0 to GATEWAY_CONCURRENCY_MAX - 1) is its until done(). */
	bool (*next)(void *self, unsigned slot, const struct request_terms *terms,
		struct request *out_request, struct buf *body, const struct now *now);
	/* The request is over. Returns the outcome, from which the account learns. */
	struct outcome (*done)(void *self, unsigned slot,
		const struct request_reply *reply, const struct now *now);
	void *self;
	bool finds_way; // its requests have URLs of their own
};

#endif
