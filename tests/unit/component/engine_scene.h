#ifndef TESTS_UNIT_COMPONENT_ENGINE_SCENE_H
#define TESTS_UNIT_COMPONENT_ENGINE_SCENE_H

#include "base/log.h"
#include "component/engine_fixture.h"

#include <stdio.h>

/* Who appears in the tests of the engine, and how most of them begin. */

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
/* The same on a server with our module. */
void scene_module(struct world *world, const char *publish);
/* bob watches alice, who is online and in a meeting which ends in so many seconds. */
void scene_meeting(struct world *world, const char *publish, int64_t end);
/* The stream is up again, and the server tells of nobody but alice. */
void scene_alice_again(struct world *world);

/* What the module says of bob as a watcher. */
#define BOB_SEES "<watcher jid='" BOB "' sees='true'/>"
#define BOB_SEES_NOT "<watcher jid='" BOB "' sees='false'/>"
#define BOB_IS_BLOCKED "<watcher jid='" BOB "' sees='false' blocked='true'/>"

/* Collects what is logged from a level on; returned as text, which the caller frees. */
FILE *scene_log_begin(enum log_level level);
char *scene_log_end(FILE *log);
unsigned scene_count(const char *text, const char *part);

#endif
