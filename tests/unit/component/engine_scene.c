#include "component/engine_scene.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

const char *const bob_alone[] = {BOB, NULL};
const char *const nobody[] = {NULL};

void scene_lists(struct world *world, const char *const *contacts)
{
	world_roster(world, ALICE, contacts);
	(void)world_sent(world);
	world_blocked(world, ALICE, "");
}

void scene_alice(struct world *world, const char *publish)
{
	world_begin(world, publish);
	world_up_prosody(world);
	world_comes(world, DESK, "<status>at my desk</status>");
	(void)world_sent(world);
}

void scene_module(struct world *world, const char *publish)
{
	world_begin(world, publish);
	world_module_begins(world);
	world_module_client(world, DESK, "<status>at my desk</status>");
	world_module_ends(world);
	(void)world_sent(world);
}

void scene_meeting(struct world *world, const char *publish, int64_t end)
{
	scene_alice(world, publish);
	world_says(world, BOB, ALICE_MEET, "subscribe");
	if (strstr(world_sent(world), "jabber:iq:roster") != NULL)
		scene_lists(world, bob_alone);
	world_meeting(world, -10, end, GATEWAY_BUSY_BUSY);
	expect_presence(world_sent(world), SHOWN, BOB, "In a meeting");
}

void scene_alice_again(struct world *world)
{
	world_dump_begins(world);
	world_comes(world, DESK, "<status>at my desk</status>");
	world_dump_ends(world);
}

FILE *scene_log_begin(enum log_level level)
{
	FILE *log = tmpfile();

	assert_non_null(log);
	log_setup(log, level, false);
	return log;
}

char *scene_log_end(FILE *log)
{
	long size = ftell(log);
	char *text;

	log_setup(stderr, LOG_LEVEL_WARNING, false);
	assert_true(size >= 0);
	text = calloc(1, (size_t)size + 1);
	assert_non_null(text);
	rewind(log);
	assert_int_equal(fread(text, 1, (size_t)size, log), size);
	(void)fclose(log);
	return text;
}

unsigned scene_count(const char *text, const char *part)
{
	unsigned n = 0;

	for (text = strstr(text, part); text != NULL; text = strstr(text + 1, part))
		n++;
	return n;
}
