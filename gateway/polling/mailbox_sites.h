#ifndef GATEWAY_POLLING_MAILBOX_SITES_H
#define GATEWAY_POLLING_MAILBOX_SITES_H

#include "base/clock.h"
#include "gateway/request/outcome.h"

#include <stdbool.h>
#include <stdint.h>

/* Where the mailboxes of a gateway are, which a kind of gateway may be able to find out:
 * at which site, that is, at which URL. */
#define SITES_OWN 0           // the URLs of the configuration
#define SITES_NONE UINT16_MAX // it is not known where

/* Where a mailbox is. */
struct sites_answer {
	uint16_t site;    // SITES_NONE: not known
	bool lost;        // and not looked for at present, for the following reason
	bool elsewhere;   // it is not at this gateway
	int64_t since_ms; // when that was found out
	int64_t until_ms; // when it is looked for again
	const char *text; // until the next call
};

struct mailbox_sites {
	/* Whether any of it is found out; false: nothing else is called. */
	bool (*are_several)(void *self);
	/* Where a mailbox is; begins to look for it where that is not known. */
	struct sites_answer (*find)(
		void *self, const char *address, const struct now *now);
	/* The gateway says that a mailbox is not where we asked. */
	void (*doubt)(void *self, const char *address, const struct now *now);
	/* A mailbox is not watched any more. */
	void (*leave)(void *self, const char *address);
	/* The URL of a site; NULL: the gateway's. */
	const char *(*url)(void *self, uint16_t site);
	/* Whether a site is left alone at present, and why. */
	bool (*is_down)(
		void *self, uint16_t site, int64_t now_ms, struct outcome *out_why);
	/* A request to a site is over: a site that cannot be reached is no matter of the
	 * others, where there are others. */
	void (*judge)(void *self, uint16_t site, struct outcome *outcome,
		const struct now *now);
	/* Whether there is no URL at all yet. */
	bool (*is_lost)(void *self);
	void *self;
};

#endif
