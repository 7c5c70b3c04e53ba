#ifndef EWS_AUTODISCOVER_LOOKUP_H
#define EWS_AUTODISCOVER_LOOKUP_H

#include "ews/operations/autodiscover.h"
#include "gateway/protocol/messages.h"
#include "gateway/request/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Looks by Autodiscover for the mailbox of one address. Candidates are asked one after
 * the other (docs: how-to-generate-a-list-of-autodiscover-endpoints): version 2, which
 * needs no credentials; then SOAP and POX at "autodiscover." of the mail domain, and at
 * the domain itself where that is named; then the redirection of "autodiscover." without
 * https. Where no administrator named the host, it is first asked without credentials,
 * and gets them only when it asks for a log-on as Exchange does: the name may lead to
 * somebody's web site. DNS SRV is left out: the resolver of libc would block, and one
 * more way to lie to us would be open.
 *
 * Nobody is told who we are but hosts of the mailbox's own domain and those that an
 * administrator named, by a URL or as such; nothing but https is followed; never the
 * parent of the mail domain. No I/O, no clock.
 */
#define LOOKUP_HOPS_MAX 10     // redirections in all
#define LOOKUP_ADDRESSES_MAX 6 // five redirections of the address
#define LOOKUP_REQUESTS_MAX 32
#define LOOKUP_BUSY_MAX 3 // times that one is waited for
#define LOOKUP_BUSY_MS 60000
#define LOOKUP_TEXT_SIZE 480

struct lookup_settings {
	const char *hosts;   // gateway_configure.autodiscover_hosts
	const char *service; // gateway_configure.autodiscover_url
	const char *cloud;   // the URL that a token is for; "": no token is used
	const char *own;     // gateway_configure.url; NULL: none
	bool basic;          // the credentials are a password in clear text
};

enum lookup_state {
	LOOKUP_ON,        // there is more to ask
	LOOKUP_FOUND,     // `url`
	LOOKUP_UNKNOWN,   // the address is not known
	LOOKUP_ELSEWHERE, // the mailbox is where our credentials may not go
	LOOKUP_FAILED,
};

struct lookup_request {
	enum autodiscover_method method;
	const char *url; // these two live until lookup_done()
	const char *address;
	bool anonymous; // without credentials
	bool knocks;    // by GET and without a body: who is there?
};

struct lookup {
	const struct lookup_settings *settings; // borrowed
	enum lookup_state state;
	char url[AUTODISCOVER_URL_SIZE];       // of EWS, when FOUND
	char text[LOOKUP_TEXT_SIZE];           // what was asked, and why each did not do
	int64_t due_ms;                        // when to ask the next one
	char domain[GATEWAY_ADDRESS_MAX];      // the mailbox's own
	char *addresses[LOOKUP_ADDRESSES_MAX]; // owned; the last one is asked for
	unsigned n_addresses;
	unsigned candidate; // of that address, which comes next
	unsigned hops;
	unsigned busy;
	bool unknown; // one service said so
	bool foreign; // one named a host that may not be told who we are
	/* the request */
	bool out;        // until lookup_done()
	bool redirected; // it goes to another host than a candidate
	enum autodiscover_method method;
	char target[AUTODISCOVER_URL_SIZE];
	bool waiting;                       // target comes before the next candidate
	char *visited[LOOKUP_REQUESTS_MAX]; // owned: method and URL
	unsigned n_visited;
	unsigned n_requests;
	char *dead[LOOKUP_REQUESTS_MAX]; // owned: hosts that are not asked again
	unsigned n_dead;
	bool knocks;                      // the request is out to see who is there
	char *known[LOOKUP_REQUESTS_MAX]; // owned: hosts that asked as Exchange does
	unsigned n_known;
};

/* NULL when out of memory. */
struct lookup *lookup_create(const struct lookup_settings *settings, const char *address);
void lookup_destroy(struct lookup *lookup); // accepts NULL

/* The request to make now; false: none (lookup->state says why, or due_ms until when). */
bool lookup_next(struct lookup *lookup, int64_t now_ms,
	struct lookup_request *out_request) __attribute__((warn_unused_result));
/* It was never sent, and is to be made again. */
void lookup_undone(struct lookup *lookup);
/* It could not be sent, and its host is not asked again. */
void lookup_failed(struct lookup *lookup, const char *why);
/* It is over. body may be NULL. */
void lookup_done(struct lookup *lookup, const struct transfer *transfer, const char *body,
	size_t n, int64_t now_ms);

#endif
