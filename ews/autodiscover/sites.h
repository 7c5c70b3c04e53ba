#ifndef EWS_AUTODISCOVER_SITES_H
#define EWS_AUTODISCOVER_SITES_H

#include "base/timers.h"
#include "ews/autodiscover/lookup.h"
#include "gateway/polling/mailbox_sites.h"
#include "gateway/protocol/messages.h"
#include "gateway/request/request.h"

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

/*
 * Where the mailboxes of a gateway are, where Autodiscover says so: at which site, that
 * is, at which URL. One lookup stands for a mail domain, and one for each mailbox of
 * which Exchange says that it is not where its domain is. A source of requests; no I/O,
 * no clock.
 */
#define SITES_MAX 64             // URLs
#define SITES_ENTRIES_MAX 50000  // domains, and mailboxes that were looked for alone
#define SITES_LOOKUPS_MAX 2      // at a time
#define SITES_UNKNOWN_MAX 5      // mailboxes of a domain in a row that nobody knows
#define SITES_GOOD_MS 86400000   // until what was found is looked for again
#define SITES_BAD_MS 3600000     // likewise, what was not found or is in doubt
#define SITES_PAUSE_MIN_MS 15000 // of a site that cannot be reached; doubles
#define SITES_PAUSE_MAX_MS 900000

struct site {
	char url[AUTODISCOVER_URL_SIZE];
	unsigned failures;  // in a row
	int64_t until_ms;   // not asked before
	struct outcome why; // unless failures is 0
};

/* What is known of a mail domain, or of one mailbox. */
struct cache_entry {
	struct timer timer; // when it is to be looked for (again)
	UT_hash_handle hh;  // sites::entries
	struct sites *sites;
	struct lookup *lookup;   // owned; NULL: none is under way
	int slot;                // of its request; -1: none is out
	bool anonymous;          // that request
	char *address;           // owned: whom to look for; NULL: whoever comes next
	uint16_t site;           // SITES_NONE: never found
	enum lookup_state state; // how the last lookup ended; LOOKUP_ON: there was none
	int64_t looked_up_ms;    // when
	unsigned unknown;        // LOOKUP_UNKNOWN in a row
	bool left;               // a mailbox that nobody watches any more
	char text[LOOKUP_TEXT_SIZE];
	char key[]; // domain or address, in lower case
};

struct sites_events {
	/* It may be known now where the mailboxes of a domain are, or one mailbox. */
	void (*settled)(void *context, const char *key, const struct now *now);
	void *context;
};

struct sites {
	struct request_source source;
	struct mailbox_sites mailboxes; // what the poller sees of it
	struct sites_events events;
	bool enabled;
	bool own;                                  // the configuration has a URL
	const struct gateway_configure *configure; // borrowed
	char *cloud;                               // owned
	struct lookup_settings settings;
	struct site *list[SITES_MAX]; // owned; [SITES_OWN] is NULL
	uint16_t n;
	struct cache_entry *entries;                    // owned: by key
	struct timers timers;                           // of the entries
	struct cache_entry *running[SITES_LOOKUPS_MAX]; // borrowed; NULL: free
};

/* The settings outlive them. -1 when out of memory; to be finished in any case. */
int sites_init(struct sites *sites, const struct sites_events *events,
	const struct gateway_configure *settings) __attribute__((warn_unused_result));
void sites_finish(struct sites *sites);

/* As in struct mailbox_sites, of which self is `sites`. What is known of a mailbox that
 * is left counts until it would be looked for again. */
struct sites_answer sites_ask(void *self, const char *address, const struct now *now);
void sites_doubt(void *self, const char *address, const struct now *now);
void sites_leave(void *self, const char *address);
const char *sites_url(void *self, uint16_t site);
bool sites_is_down(void *self, uint16_t site, int64_t now_ms, struct outcome *out_why);
void sites_judge(
	void *self, uint16_t site, struct outcome *outcome, const struct now *now);
bool sites_is_lost(void *self);
/* The URL for a request in the name of a mailbox (NULL: of nobody), which need not be
 * watched; NULL: the gateway's. */
const char *sites_route(struct sites *sites, const char *address, const struct now *now);
/* The URLs in use, for people; "" none. */
void sites_print(const struct sites *sites, char *out, size_t size);

#endif
