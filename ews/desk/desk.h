#ifndef EWS_DESK_DESK_H
#define EWS_DESK_DESK_H

#include "ews/desk/identity.h"
#include "ews/errand/errand.h"
#include "ews/soap/version.h"
#include "ews/transport/courier.h"

/*
 * Who may send the next request: asks the sources in turn whenever the identity lets one
 * more go, carries what they write through the courier, and brings back what came of it.
 */
#define DESK_SOURCES_MAX 8

struct desk_events {
	/* Something that someone should know although requests go on. */
	void (*hint)(void *context, const char *text);
	/* A request ended in a way that holds back all others. */
	void (*trouble)(void *context, const struct verdict *verdict);
	/* The URL for requests about a mailbox (NULL: about nobody); NULL: the gateway's.
	 * May be NULL. */
	const char *(*route)(void *context, const char *anchor);
	void *context;
};

/* A request that is out. */
struct desk_slot {
	const struct errand_source *source; // NULL: the slot is free
	uint64_t serial;                    // of the identity
	const char *version;                // of the terms
	char anchor[GATEWAY_ADDRESS_MAX + 1];
};

struct desk {
	struct identity *identity; // borrowed
	struct courier *courier;   // owned; NULL: no settings that work
	struct desk_events events;
	const struct errand_source *sources[DESK_SOURCES_MAX]; // borrowed
	unsigned n_sources;
	unsigned turn; // the source that is asked first
	struct desk_slot slots[EWS_CONCURRENCY_MAX];
	char anchor[GATEWAY_ADDRESS_MAX + 1]; // a mailbox in whose name all may be asked
	struct version version;
	bool may_impersonate;
	bool skew_told;
	bool lost; // there is no URL yet, but for who brings one
};

void desk_init(
	struct desk *desk, struct identity *identity, const struct desk_events *events);
void desk_finish(struct desk *desk);
/* One more source, which outlives the desk. The first one goes first at equal rights. */
void desk_add(struct desk *desk, const struct errand_source *source);

/* From now on only this one is asked, which is one of them. */
void desk_keep(struct desk *desk, const struct errand_source *source);

/* New settings: what is out is forgotten, by the sources as well. Takes the courier,
 * which may be NULL. */
void desk_configure(struct desk *desk, struct courier *courier,
	const struct gateway_configure *configure);

/* Sends what may go now. Returns when to ask again, monotonic; INT64_MAX: when something
 * happened. */
int64_t desk_ask(struct desk *desk, const struct moment *now);
/* Brings one answer to its source; false: there is none. */
bool desk_hear(struct desk *desk, const struct moment *now);

/* For requests that others carry: on which terms they are made now, and what became of
 * one that was started with identity_start(). */
struct errand_terms desk_terms(struct desk *desk, const struct moment *now);
/* Puts the URL into an errand that has none. */
void desk_route(const struct desk *desk, struct errand *errand);
void desk_learn(struct desk *desk, uint64_t serial, const struct verdict *verdict,
	const struct moment *now);

/* What the identity learns from a verdict. */
enum identity_outcome desk_outcome(const struct verdict *verdict);

#endif
