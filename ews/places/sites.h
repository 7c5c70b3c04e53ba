#ifndef EWS_PLACES_SITES_H
#define EWS_PLACES_SITES_H

#include "base/timers.h"
#include "ews/errand/errand.h"
#include "ews/gateway/gateway_settings.h"
#include "ews/places/search.h"

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

/*
 * Where the mailboxes of a gateway are, where Autodiscover says so: at which site, that
 * is, at which URL. One search stands for a mail domain, and one for each mailbox of
 * which Exchange says that it is not where its domain is. A source of requests; no I/O,
 * no clock.
 */
#define SITES_MAX 64             // URLs
#define SITES_SPOTS_MAX 50000    // domains, and mailboxes that were looked for alone
#define SITES_SEARCHES_MAX 2     // at a time
#define SITES_UNKNOWN_MAX 5      // mailboxes of a domain in a row that nobody knows
#define SITES_GOOD_MS 86400000   // until what was found is looked for again
#define SITES_BAD_MS 3600000     // likewise, what was not found or is in doubt
#define SITES_PAUSE_MIN_MS 15000 // of a site that cannot be reached; doubles
#define SITES_PAUSE_MAX_MS 900000

#define SITES_OWN 0           // the URLs of the configuration
#define SITES_NONE UINT16_MAX // it is not known where

struct site {
	char url[AUTODISCOVER_URL_SIZE];
	unsigned failures;  // in a row
	int64_t until_ms;   // not asked before
	struct verdict why; // unless failures is 0
};

/* What is known of a mail domain, or of one mailbox. */
struct spot {
	struct timer timer; // when it is to be looked for (again)
	UT_hash_handle hh;  // sites::spots
	struct sites *sites;
	struct search *search;   // owned; NULL: none is under way
	int slot;                // of its request; -1: none is out
	bool anonymous;          // that request
	char *address;           // owned: whom to look for; NULL: whoever comes next
	uint16_t site;           // SITES_NONE: never found
	enum search_state state; // how the last search ended; SEARCH_ON: there was none
	int64_t searched_ms;     // when
	unsigned unknown;        // SEARCH_UNKNOWN in a row
	bool left;               // a mailbox that nobody watches any more
	char text[SEARCH_TEXT_SIZE];
	char key[]; // domain or address, in lower case
};

struct sites_events {
	/* It may be known now where the mailboxes of a domain are, or one mailbox. */
	void (*settled)(void *context, const char *key, const struct moment *now);
	void *context;
};

struct sites {
	struct errand_source source;
	struct sites_events events;
	bool enabled;
	bool own; // the configuration has a URL
	struct gateway_settings configure;
	char *cloud; // owned
	struct search_settings settings;
	struct site *list[SITES_MAX]; // owned; [SITES_OWN] is NULL
	uint16_t n;
	struct spot *spots;                       // owned: by key
	struct timers timers;                     // of the spots
	struct spot *running[SITES_SEARCHES_MAX]; // borrowed; NULL: free
};

/* Where a mailbox is. */
struct sites_answer {
	uint16_t site;    // SITES_NONE: not known
	bool lost;        // and not looked for at present, for the following reason
	bool elsewhere;   // it is not at this gateway
	int64_t since_ms; // when that was found out
	int64_t until_ms; // when it is looked for again
	const char *text; // until the next call
};

void sites_init(struct sites *sites, const struct sites_events *events);
void sites_finish(struct sites *sites);
/* New settings: all is forgotten. -1 when out of memory. */
int sites_configure(struct sites *sites, const struct gateway_configure *configure)
	__attribute__((warn_unused_result));

/* Where a mailbox is; begins to look for it where that is not known. */
struct sites_answer sites_ask(
	struct sites *sites, const char *address, const struct moment *now);
/* Exchange says that a mailbox is not where we asked. */
void sites_doubt(struct sites *sites, const char *address, const struct moment *now);

/* A mailbox is not watched any more: what is known of it counts until it would be looked
 * for again. */
void sites_leave(struct sites *sites, const char *address);

/* The URL of a site; NULL: the gateway's. */
const char *sites_url(const struct sites *sites, uint16_t site);
/* Whether a site is left alone at present, and why. */
bool sites_is_down(const struct sites *sites, uint16_t site, int64_t now_ms,
	struct verdict *out_why);
/* A request to a site is over: a site that cannot be reached is no matter of the others,
 * where there are others. */
void sites_judge(struct sites *sites, uint16_t site, struct verdict *verdict,
	const struct moment *now);
/* Whether there is no URL at all yet. */
bool sites_is_lost(const struct sites *sites);
/* The URL for a request in the name of a mailbox (NULL: of nobody), which need not be
 * watched; NULL: the gateway's. */
const char *sites_route(
	struct sites *sites, const char *address, const struct moment *now);
/* The URLs in use, for people; "" none. */
void sites_print(const struct sites *sites, char *out, size_t size);

#endif
