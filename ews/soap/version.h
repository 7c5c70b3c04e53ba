#ifndef EWS_SOAP_VERSION_H
#define EWS_SOAP_VERSION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The schema that requests are written in (types.xsd RequestServerVersion/@Version; docs:
 * ews-schema-versions-in-exchange). A server takes its own and all older ones. The newest
 * that tells us something, Exchange2013 with WorkingElsewhere, is asked for first; a
 * refusal leads to the next lower one. Names are those of the table in version.c: they
 * live for ever.
 */
#define VERSION_AGAIN_MS INT64_C(86400000) // a server may have been upgraded

struct version {
	const char *name;
	int64_t lowered_ms;
};

void version_init(struct version *version);
/* The one to write in now: the newest again, a day after the last refusal. */
const char *version_current(struct version *version, int64_t now_ms);
/* A request in this version was refused. False: there is none below. */
bool version_refused(struct version *version, const char *name, int64_t now_ms);
/* Whether it is not the newest. */
bool version_is_low(const struct version *version);

/* The next lower one; NULL: there is none, or no such version. */
const char *version_below(const char *name);
/* The lower one of two. NULL stands for the newest. */
const char *version_lower(const char *a, const char *b);

/* Whether an error is about the version and not about what was asked for. code may be "",
 * text is what the server says. */
bool version_is_refusal(const char *code, const char *text);

#endif
