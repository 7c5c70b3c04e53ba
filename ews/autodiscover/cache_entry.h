#ifndef EWS_AUTODISCOVER_CACHE_ENTRY_H
#define EWS_AUTODISCOVER_CACHE_ENTRY_H

#include "ews/autodiscover/sites.h"

/* What the parts of the sites share. */

/* The entry of a domain or an address; NULL: there is none. */
struct cache_entry *sites_find(struct sites *sites, const char *key);
/* A new one, of which nothing is known; NULL when out of memory or room. */
struct cache_entry *sites_add(struct sites *sites, const char *key);
/* Takes it away, with its lookup. */
void sites_drop(struct cache_entry *entry);
/* Looks for it from at_ms on, by this address (NULL: the one it has). */
void sites_look(struct cache_entry *entry, const char *address, int64_t at_ms);
/* The site of this URL, a new one where there is none; SITES_NONE when there is no room.
 */
uint16_t sites_site(struct sites *sites, const char *url);

/* sites_source.c: the source of requests. */
void sites_source_init(struct sites *sites);
/* A entry's timer: a lookup begins as soon as one may. */
void sites_begin(struct timer *timer, int64_t now_ms);

#endif
