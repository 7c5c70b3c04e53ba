#ifndef COMPONENT_PRESENCE_ECHOES_H
#define COMPONENT_PRESENCE_ECHOES_H

#include "component/presence/model.h"

/*
 * Whether another stream has our name. ejabberd lets several in and deals out among them
 * what is for the component, so that an old stream that is half dead, or a second
 * calpresence, swallows its share in silence. Found by numbered messages that the
 * component sends to itself through the server, in rounds: those of a round that are not
 * back when one of a later round is went elsewhere. Prosody lets in one stream only and
 * is not asked.
 *
 * While it lasts, what can be repeated is: the questions that got no answer (requests.c),
 * the probe for trust (trust.c), what watchers were told, our probes of people's
 * presence, whether their clients are still there; and where even the privileges were
 * swallowed, the stream. What people say of themselves cannot be asked for where the
 * privilege is the source.
 */
#define ECHOES_A_ROUND 8
/* Between rounds: at first and while something is lost, and else. */
#define ECHOES_SOON_MS 2000
#define ECHOES_PAUSE_MS 30000
/* Rounds in a row without a loss after which the other stream is gone. */
#define ECHOES_CLEAN_ROUNDS 4
/* How often what can be repeated is, while something is lost. */
#define ECHOES_REPEAT_MS 120000
/* New streams for privileges that were swallowed. */
#define ECHOES_RECONNECTS_MAX 8

void echoes_init(struct engine *engine);
void echoes_link_up(struct engine *engine);
void echoes_link_down(struct engine *engine);
/* Takes a <message/> that is an echo; false if it is none. */
bool echoes_on_message(struct engine *engine, const struct element *message);

/* Whether the server may let another stream of our name in, as far as is known. */
bool echoes_may_be_shared(const struct engine *engine);
/* Whether a new stream will be tried for privileges that did not come. */
bool echoes_will_reconnect(const struct engine *engine);
/* Percent of what is sent to us that others get; 0 while there is no other stream. */
unsigned echoes_lost_percent(const struct engine *engine);

#endif
