#ifndef TESTS_UNIT_COMPONENT_ENGINE_SCENE_H
#define TESTS_UNIT_COMPONENT_ENGINE_SCENE_H

#include "component/engine_fixture.h"

/* Who appears in the tests of the engine, and how most of them begin: on Prosody. */

#define SELF "meet.example.test"
#define ALICE "alice@example.test"
#define DESK ALICE "/desk"
#define BOB "bob@example.test"
#define ALICE_MEET "alice@" SELF
#define SHOWN ALICE_MEET "/calendar"
#define NS "xmlns='jabber:component:accept' "

/* Settings of `publish`. */
#define USER_MODE "modes = [ \"user\" ];"
#define DOMAIN_POLICY "watchers = \"domain\";"
#define CONTACTS_POLICY "watchers = \"contacts\";"

extern const char *const bob_alone[];
extern const char *const nobody[];

/* Answers the questions for alice's contact list and for her block list, which is empty.
 */
void scene_lists(struct world *world, const char *const *contacts);
/* alice is online. */
void scene_alice(struct world *world, const char *publish);
/* alice and bob are online, for a second; no list was read. */
void scene_pair(struct world *world, const char *publish);
/* bob is alice's contact and sees that she is in a meeting, which ends in so many
 * seconds. */
void scene_meeting(struct world *world, const char *publish, int64_t end);

#endif
