#ifndef EWS_PLACES_SEARCH_H
#define EWS_PLACES_SEARCH_H

#include "ews/errand/verdict.h"
#include "ews/gateway/gateway.h"
#include "ews/messages/autodiscover.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Looks by Autodiscover for the mailbox of one address. Candidates are asked one after
 * the other (docs: how-to-generate-a-list-of-autodiscover-endpoints): version 2, which
 * needs no credentials; then SOAP and POX at the mail domain and at "autodiscover." of
 * it; then the redirection of "autodiscover." without https. DNS SRV is left out: the
 * resolver of libc would block, and one more way to lie to us would be open.
 *
 * Nobody is told who we are but hosts of the mailbox's own domain and those that an
 * administrator named, by a URL or as such; nothing but https is followed; never the
 * parent of the mail domain. No I/O, no clock.
 */
#define SEARCH_HOPS_MAX 10     // redirections in all
#define SEARCH_ADDRESSES_MAX 6 // five redirections of the address
#define SEARCH_REQUESTS_MAX 32
#define SEARCH_BUSY_MAX 3 // times that one is waited for
#define SEARCH_BUSY_MS 60000
#define SEARCH_TEXT_SIZE 480

struct search_settings {
	const char *hosts;   // gateway_configure.autodiscover_hosts
	const char *service; // gateway_configure.autodiscover_url
	const char *cloud;   // the URL that a token is for; "": no token is used
	const char *own;     // gateway_configure.url; NULL: none
	bool basic;          // the credentials are a password in clear text
};

enum search_state {
	SEARCH_ON,        // there is more to ask
	SEARCH_FOUND,     // `url`
	SEARCH_UNKNOWN,   // the address is not known
	SEARCH_ELSEWHERE, // the mailbox is where our credentials may not go
	SEARCH_FAILED,
};

struct search_request {
	enum autodiscover_method method;
	const char *url; // these two live until search_done()
	const char *address;
	bool anonymous; // without credentials
};

struct search {
	const struct search_settings *settings; // borrowed
	enum search_state state;
	char url[AUTODISCOVER_URL_SIZE];       // of EWS, when FOUND
	char text[SEARCH_TEXT_SIZE];           // what was asked, and why each did not do
	int64_t due_ms;                        // when to ask the next one
	char domain[GATEWAY_ADDRESS_MAX];      // the mailbox's own
	char *addresses[SEARCH_ADDRESSES_MAX]; // owned; the last one is asked for
	unsigned n_addresses;
	unsigned candidate; // of that address, which comes next
	unsigned hops;
	unsigned busy;
	bool unknown; // one service said so
	bool foreign; // one named a host that may not be told who we are
	/* the request */
	bool out;        // until search_done()
	bool redirected; // it goes to another host than a candidate
	enum autodiscover_method method;
	char target[AUTODISCOVER_URL_SIZE];
	bool waiting;                       // target comes before the next candidate
	char *visited[SEARCH_REQUESTS_MAX]; // owned: method and URL
	unsigned n_visited;
	unsigned n_requests;
	char *dead[SEARCH_REQUESTS_MAX]; // owned: hosts that are not asked again
	unsigned n_dead;
};

/* NULL when out of memory. */
struct search *search_create(const struct search_settings *settings, const char *address);
void search_destroy(struct search *search); // accepts NULL

/* The request to make now; false: none (search->state says why, or due_ms until when). */
bool search_next(struct search *search, int64_t now_ms,
	struct search_request *out_request) __attribute__((warn_unused_result));
/* It was never sent, and is to be made again. */
void search_undone(struct search *search);
/* It could not be sent, and its host is not asked again. */
void search_failed(struct search *search, const char *why);
/* It is over. body may be NULL. */
void search_done(struct search *search, const struct transfer *transfer, const char *body,
	size_t n, int64_t now_ms);

#endif
