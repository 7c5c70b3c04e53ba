#ifndef COMPONENT_SESSION_H
#define COMPONENT_SESSION_H

#include "component/engine/engine.h"
#include "component/settings/config.h"
#include "component/store/store.h"
#include "component/workers/breakers.h"
#include "component/workers/workers.h"
#include "component/xmpp/link.h"

#include <stdbool.h>

/*
 * All that is made of one configuration: the engine, its outbox, the link and the
 * workers. A reload ends one session and begins the next from what the store has, so that
 * every key can be changed and nothing old lives on. The stream is taken up anew by that.
 */
struct session {
	const struct config *config; // borrowed
	struct breakers *breakers;   // borrowed
	struct names names;
	struct outbox *outbox;
	struct engine *engine;
	struct link *link;
	struct workers *workers;
	bool reopen; // the engine wants a new stream
};

/* false: out of memory, or the store cannot be read; to be finished in any case. */
bool session_init(struct session *session, const struct config *config,
	struct store *store, struct breakers *breakers, struct now now);
/* Ends it at once: no goodbyes. Its workers end in the background. Accepts a zeroed
 * session. */
void session_finish(struct session *session, struct workers **retired, int64_t now_ms);

/* Opens the link again where the engine wanted a new stream and the old one is closed. */
void session_reopen(struct session *session, int64_t now_ms);
/* Hands the outbox over to the link as far as it takes it. What rests on the store has to
 * be committed before. */
void session_flush(struct session *session);
/* Whether session_flush() could do something now. */
bool session_can_flush(const struct session *session);

#endif
