#ifndef COMPONENT_PUBLISH_COMPONENT_MODE_H
#define COMPONENT_PUBLISH_COMPONENT_MODE_H

#include "component/people/people.h"
#include "component/publish/publish.h"
#include "component/rosters/policy.h"
#include "component/xmpp/stanza.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Publish mode `component`: a contact of the component's own domain for each person,
 * whose presence is hers with the calendar laid over it. Who watches whom is the
 * contact's side of RFC 6121 section 3, kept in the store, decided by publish.watchers.
 * Whoever is not admitted gets silence, the same for people who exist and people who do
 * not.
 */
#define WATCHERS_PER_PERSON_MAX 20000
/* Undecided requests that are kept of one person; the oldest stranger's goes first. */
#define PENDING_PER_PERSON_MAX 100
/* How long they are kept. */
#define PENDING_DAYS 30
/* Undecided requests that are kept of one asker (bare JID), of all people together. */
#define PENDING_PER_WATCHER_MAX 100

extern const struct publish_mode component_mode;

/* A presence to an address of a person. */
void component_mode_on_presence(struct people *people, const struct jid *from,
	const struct jid *to, enum presence_type type);
/* Takes everybody off her list, with a word to each. */
void component_mode_forget_person(struct person *person);
/* Takes a watcher off everybody's list, and forgets who asked for somebody of this JID
 * who is not known; false if there is none, as is NULL. */
bool component_mode_forget_watcher(struct people *people, struct name *jid);

/* What watchers are to see of her at present: SHOW_OFFLINE for nothing. Texts are
 * borrowed until her presence or the configuration changes. */
struct presence component_mode_presence(const struct person *person);

/* ------------------------------------------------------------------ for reports */

enum watcher_state {
	WATCHER_PENDING,  // asked, not decided
	WATCHER_APPROVED, // RFC 6121 section 3: subscribed
	WATCHER_GUEST,    // admitted by the policy, probed without a subscription
	WATCHER_PROBED,   // probed without a subscription, not decided
	WATCHER_LEAVING,  // to be told that there is nothing more to see
};

struct watcher_facts {
	const char *jid;
	enum watcher_state state;
	enum admission admission; // what the policy says now
	bool shown;               // he was told what is to be seen now
};

/* How many may see her, and how many wait. */
size_t component_mode_admitted(const struct person *person);
size_t component_mode_waiting(const struct person *person);
/* Whether there is anybody on her list, be it one who is leaving. */
bool component_mode_has_watchers(const struct person *person);
/* When she was shown last as she is now, UTC seconds; 0: to nobody. */
int64_t component_mode_shown_at(const struct person *person);
/* The i-th watcher; false beyond the last. */
bool component_mode_watcher(
	const struct person *person, size_t i, struct watcher_facts *out_facts);

#endif
