#ifndef EWS_PLACES_SITES_SPOTS_H
#define EWS_PLACES_SITES_SPOTS_H

#include "ews/places/sites.h"

/* What the parts of the sites share. */

/* The spot of a domain or an address; NULL: there is none. */
struct spot *sites_find(struct sites *sites, const char *key);
/* A new one, of which nothing is known; NULL when out of memory or room. */
struct spot *sites_add(struct sites *sites, const char *key);
/* Takes it away, with its search. */
void sites_drop(struct spot *spot);
/* Looks for it from at_ms on, by this address (NULL: the one it has). */
void sites_look(struct spot *spot, const char *address, int64_t at_ms);
/* The site of this URL, a new one where there is none; SITES_NONE when there is no room.
 */
uint16_t sites_site(struct sites *sites, const char *url);

/* sites_source.c: the source of requests. */
void sites_source_init(struct sites *sites);
/* A spot's timer: a search begins as soon as one may. */
void sites_begin(struct timer *timer, int64_t now_ms);

#endif
