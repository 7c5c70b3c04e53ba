#ifndef GATEWAY_DISPATCH_DISPATCHER_H
#define GATEWAY_DISPATCH_DISPATCHER_H

#include "gateway/dispatch/account.h"
#include "gateway/http/http_client.h"
#include "gateway/request/request.h"

/*
 * Who may send the next request: asks the sources in turn whenever the account lets one
 * more go, carries what they write through the client, and brings back what came of it.
 */
#define DISPATCHER_SOURCES_MAX 8

struct dispatcher_events {
	/* Something that someone should know although requests go on. */
	void (*hint)(void *context, const char *text);
	/* A request ended in a way that holds back all others. */
	void (*trouble)(void *context, const struct outcome *outcome);
	/* The version of the kind's protocol to ask in. */
	const char *(*version)(void *context, const struct now *now);
	/* It was refused. False: there is no other. */
	bool (*version_refused)(
		void *context, const char *version, const struct now *now);
	/* The URL for requests about a mailbox (NULL: about nobody); NULL: the gateway's.
	 * May be NULL. */
	const char *(*route)(void *context, const char *anchor);
	void *context;
};

/* A request that is out. */
struct dispatcher_slot {
	const struct request_source *source; // NULL: the slot is free
	uint64_t serial;                     // of the account
	const char *version;                 // of the terms
	char anchor[GATEWAY_ADDRESS_MAX + 1];
	char charged_to[GATEWAY_ADDRESS_MAX + 1]; // "": the account
};

struct dispatcher {
	struct account *account;    // borrowed
	struct http_client *client; // owned; NULL: no settings that work
	struct dispatcher_events events;
	const struct request_source *sources[DISPATCHER_SOURCES_MAX]; // borrowed
	unsigned n_sources;
	unsigned turn; // the source that is asked first
	struct dispatcher_slot slots[GATEWAY_CONCURRENCY_MAX];
	char anchor[GATEWAY_ADDRESS_MAX + 1]; // a mailbox in whose name all may be asked
	bool anchor_is_set; // by an administrator: it is never forgotten
	bool may_impersonate;
	bool skew_told;
	bool lost;        // there is no URL yet, but for who brings one
	bool others_wait; // a request that others carry is due
	bool wants_leave; // of the account, for what is due
};

/* Takes the client, which may be NULL: then nothing is asked. */
void dispatcher_init(struct dispatcher *dispatcher, struct account *account,
	struct http_client *client, const struct dispatcher_events *events,
	const struct gateway_configure *settings);
void dispatcher_finish(struct dispatcher *dispatcher);
/* One more source, which outlives the dispatcher. The first one goes first at equal
 * rights. */
void dispatcher_add(struct dispatcher *dispatcher, const struct request_source *source);

/* From now on only this one is asked, which is one of them; NULL: none. */
void dispatcher_keep(struct dispatcher *dispatcher, const struct request_source *source);

/* Sends what may go now. Returns when to ask again, monotonic; INT64_MAX: when something
 * happened. */
int64_t dispatcher_ask(struct dispatcher *dispatcher, const struct now *now);
/* Brings one answer to its source; false: there is none. */
bool dispatcher_hear(struct dispatcher *dispatcher, const struct now *now);

/* For requests that others carry: on which terms they are made now, */
struct request_terms dispatcher_terms(
	struct dispatcher *dispatcher, const struct now *now);
/* the URL, where a request has none, */
void dispatcher_route(const struct dispatcher *dispatcher, struct request *request);
/* that one starts, which account_ready() lets, with what is to be kept of it, */
void dispatcher_start(struct dispatcher *dispatcher, struct dispatcher_slot *slot,
	const struct request *request, const struct now *now);
/* and what became of it. */
void dispatcher_learn(struct dispatcher *dispatcher, const struct dispatcher_slot *slot,
	const struct outcome *outcome, const struct now *now);

/* What the account learns from an outcome. */
enum account_event dispatcher_event(const struct outcome *outcome);

#endif
