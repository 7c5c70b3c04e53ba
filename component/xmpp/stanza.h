#ifndef COMPONENT_XMPP_STANZA_H
#define COMPONENT_XMPP_STANZA_H

#include "base/buf.h"
#include "base/jid.h"
#include "component/xmpp/element.h"
#include "mapping/presence.h"

#include <stdbool.h>
#include <stddef.h>

/* The namespace of our stream and so of every stanza that comes in (XEP-0114). */
#define STANZA_NS "jabber:component:accept"

#define STANZA_STATUS_TEXTS_MAX 16
#define STANZA_STATUS_SIZE 1024
#define STANZA_LANG_SIZE 36

enum presence_type {
	PRESENCE_AVAILABLE,
	PRESENCE_UNAVAILABLE,
	PRESENCE_SUBSCRIBE,
	PRESENCE_SUBSCRIBED,
	PRESENCE_UNSUBSCRIBE,
	PRESENCE_UNSUBSCRIBED,
	PRESENCE_PROBE,
	PRESENCE_ERROR,
	PRESENCE_OTHER, // a type that RFC 6121 does not know: to be ignored
};

enum presence_type presence_type_of(const struct element *presence);

/* What a client says of itself (RFC 6121 section 4.7), copied out of the element. */
struct presence_in {
	enum show show;
	int priority;
	size_t n_texts;
	struct status_text texts[STANZA_STATUS_TEXTS_MAX]; // point into the fields below
	char lang[STANZA_STATUS_TEXTS_MAX][STANZA_LANG_SIZE];
	char text[STANZA_STATUS_TEXTS_MAX][STANZA_STATUS_SIZE];
};

/* Reads the children of a <presence/>, or of another element that has the same in its own
 * namespace. Text is cut to the sizes above. A status is in the language around it where
 * it names none itself; of two in one language the first counts. */
void presence_in_read(const struct element *element, struct presence_in *out_presence);

/* Appends a <status/> for each text. */
void stanza_put_status(struct buf *buf, const struct status *status);
/* Appends <show/>, <status/>s and, if not 0, <priority/>: the inside of a presence. */
void presence_print(struct buf *buf, const struct presence *presence, int priority);

/*
 * What is sent, as text (RFC 6120 section 8). All texts are escaped; NULL attributes are
 * left out.
 */
/* A presence with nothing inside. */
void stanza_presence(struct buf *buf, const char *type, const char *from, const char *to,
	const char *id);
void stanza_iq_result(struct buf *buf, const struct element *request, const char *inside);
/* type: cancel, auth, wait, modify; condition: RFC 6120 section 8.3.3. Answers nothing
 * (and appends nothing) where the stanza is itself an error, or an iq result. */
void stanza_error(struct buf *buf, const struct element *stanza, const char *type,
	const char *condition);
/* The error <redirect/> (RFC 6120 section 8.3.3.15) to a bare JID, as its URI (RFC 5122)
 * and with a sentence for who reads it. */
void stanza_redirect(struct buf *buf, const struct element *stanza, const char *jid);
/* An iq with `inside` as it is. */
void stanza_iq(struct buf *buf, const char *type, const char *from, const char *to,
	const char *id, const char *inside);

#endif
