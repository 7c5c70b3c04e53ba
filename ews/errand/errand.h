#ifndef EWS_ERRAND_ERRAND_H
#define EWS_ERRAND_ERRAND_H

#include "base/buf.h"
#include "ews/errand/moment.h"
#include "ews/errand/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One request to Exchange, whoever wants it. The desk (ews/desk/desk.h) asks the sources
 * in turn, whenever the identity lets one more request go.
 */

#define ERRAND_COOKIE_SIZE 1024
#define ERRAND_ACTION(operation) \
	"http://schemas.microsoft.com/exchange/services/2006/messages/" operation

/* On which terms requests are made at present. */
struct errand_terms {
	const char *version;  // for soap_begin()
	bool impersonates;    // every request has to be in the name of a mailbox
	bool may_impersonate; // requests about a mailbox can be in its name
	const char *anchor;   // a mailbox in whose name all may be asked; NULL: not known
};

/* What is to be known of a request beside its body. Strings are copied. */
struct errand {
	const char
		*action; // SOAPAction, ERRAND_ACTION("GetUserAvailability"); NULL: none
	const char *url; // NULL: the gateway's
	const char *anchor;     // X-AnchorMailbox; NULL: none
	bool prefer_affinity;   // X-PreferServerAffinity
	const char *cookie;     // "name=value" of a server; NULL: none
	const char *media_type; // NULL: text/xml; charset=utf-8
	bool get;               // GET, without a body
	bool anonymous;         // without credentials
	int64_t timeout_s;      // 0: the gateway's
};

/* What became of a request. */
struct errand_reply {
	const struct verdict *verdict;   // it never got to Exchange; NULL: it did
	const struct transfer *transfer; // unless verdict
	const char *body;                // the answer, or NULL where there was none
	size_t n;
	const char *cookie; // that of the server that answered; "" none
};

struct errand_source {
	/* When it has a request next, monotonic: maybe in the past; INT64_MAX: when
	 * something happened. */
	int64_t (*due)(void *self, const struct moment *now);
	/* Writes its next request into body, which is empty; false if it has none after
	 * all. `slot` (0 to EWS_CONCURRENCY_MAX - 1) is its until done(). */
	bool (*next)(void *self, unsigned slot, const struct errand_terms *terms,
		struct errand *out_errand, struct buf *body, const struct moment *now);
	/* The request is over. Returns the verdict, from which the identity learns. */
	struct verdict (*done)(void *self, unsigned slot,
		const struct errand_reply *reply, const struct moment *now);
	/* New settings: requests that are out will not be done(). */
	void (*forget)(void *self);
	void *self;
	bool finds_way; // its errands have URLs of their own
};

#endif
