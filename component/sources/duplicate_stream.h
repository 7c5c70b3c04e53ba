#ifndef COMPONENT_SOURCES_DUPLICATE_STREAM_H
#define COMPONENT_SOURCES_DUPLICATE_STREAM_H

#include "component/people/people.h"
#include "component/xmpp/stanza.h"

#include <stdbool.h>

/*
 * Whether another stream has our name. ejabberd lets several in and deals out among them
 * what is for the component, so that an old stream that is half dead, or a second
 * calpresence, swallows its share in silence. Found by numbered messages that the
 * component sends to itself through the server, in rounds: those of a round that are not
 * back when one of a later round is went elsewhere. Prosody lets in one stream only and
 * is not asked. It is said once, and when the other stream has ended ours is begun anew:
 * what was swallowed is learnt again by that, and ejabberd takes the privileges from the
 * living stream, too, when another of its name ends.
 */

struct duplicate_stream;

/* reconnect: begins the stream anew, not at once. NULL: no memory. */
struct duplicate_stream *duplicate_stream_create(
	struct people *people, void (*reconnect)(void *context), void *context);
void duplicate_stream_destroy(struct duplicate_stream *duplicate);
void duplicate_stream_link_up(struct duplicate_stream *duplicate);
void duplicate_stream_link_down(struct duplicate_stream *duplicate);
/* Takes a <message/> that is an echo; false if it is none. */
bool duplicate_stream_on_message(
	struct duplicate_stream *duplicate, const struct element *message);
/* Percent of what is sent to us that others get; 0 while there is no other stream. */
unsigned duplicate_stream_lost_percent(const struct duplicate_stream *duplicate);

#endif
