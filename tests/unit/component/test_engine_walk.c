#include "base/clock.h"
#include "component/engine_scene.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A long random walk of all that can happen on a server with our module, in which news
 * and answers are lost, streams end and the program dies. Once nothing is lost any more
 * each watcher has been told what is true, and the module has the right overlay.
 */

#define WALKS 100
#define STEPS 400
#define WATCHERS 4
#define STRANGER 3 // of another server

static const char *const watchers[] = {
	BOB, "carol@example.test", "dave@example.test", "zoe@other.test"};
static const char *const clients[] = {DESK, ALICE "/phone"};
static const char domains[] =
	"domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n";
static const char *const modes[] = {"modes = [ \"component\", \"user\" ]; "
				    "watchers = \"contacts\";",
	"modes = [ \"component\" ]; watchers = \"domain\";"};

/* What is true. */
struct truth {
	uint64_t seed;
	bool up;
	bool unreliable;
	const char *modes;
	bool online[2];
	bool sees[WATCHERS];
	bool blocked[WATCHERS];
	bool asked[WATCHERS]; // he wants to see her
	int64_t from;         // of her meeting, UTC seconds
	int64_t to;
	/* What the watchers and the module were told last. */
	char told[WATCHERS][512];
	unsigned round;
	unsigned overlay_round;
	char overlay_until[CLOCK_TEXT_SIZE]; // "": there is none
};

static unsigned pick(struct truth *truth, unsigned n)
{
	truth->seed = truth->seed * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)((truth->seed >> 33) % n);
}

static bool is_lost(struct truth *truth)
{
	return truth->unreliable && pick(truth, 10) == 0;
}

/* ------------------------------------------------------------------ the server */

static void push(struct world *world, struct truth *truth, const char *news)
{
	if (is_lost(truth))
		world->seq++;
	else
		world_module_feed(world, "%s", news);
}

static void push_client(struct world *world, struct truth *truth, size_t i)
{
	char news[256];

	(void)snprintf(news, sizeof(news),
		truth->online[i] ? "<client jid='%s' priority='0'><status>here</status>"
				   "</client>"
				 : "<gone jid='%s'/>",
		clients[i]);
	push(world, truth, news);
}

static void put_watcher(const struct truth *truth, size_t i, char *out_text, size_t size)
{
	(void)snprintf(out_text, size, "<watcher jid='%s' sees='%s'%s/>", watchers[i],
		truth->sees[i] && !truth->blocked[i] ? "true" : "false",
		truth->blocked[i] ? " blocked='true'" : "");
}

static void push_sees(struct world *world, struct truth *truth, size_t i)
{
	char watcher[256];
	char news[512];

	put_watcher(truth, i, watcher, sizeof(watcher));
	(void)snprintf(news, sizeof(news), "<sees jid='" ALICE "'>%s</sees>", watcher);
	push(world, truth, news);
}

static void answer(struct world *world, const char *id, const char *inside)
{
	world_feed(world,
		"<iq " NS "type='result' from='example.test' to='" SELF "' id='%s'>%s"
		"</iq>",
		id, inside);
}

static void on_hello(struct world *world, struct truth *truth, const char *id)
{
	world->seq = 0;
	truth->round++;
	answer(world, id,
		"<hello xmlns='urn:calpresence:server:1' version='1' server='Prosody' "
		"lease='120' max='500'><ability name='overlays'/><ability "
		"name='clients'/><ability name='sees'/></hello>");
	for (size_t i = 0; i < 2; i++) {
		if (truth->online[i])
			push_client(world, truth, i);
	}
	push(world, truth, "<end/>");
}

static void on_sees(
	struct world *world, const struct truth *truth, const char *id, const char *asked)
{
	char inside[1024] = "<sees xmlns='urn:calpresence:server:1' jid='" ALICE "'>";
	size_t n = strlen(inside);

	for (size_t i = 0; i < WATCHERS; i++) {
		if (strstr(asked, watchers[i]) == NULL)
			continue;
		put_watcher(truth, i, inside + n, sizeof(inside) - n);
		n += strlen(inside + n);
	}
	(void)snprintf(inside + n, sizeof(inside) - n, "</sees>");
	answer(world, id, inside);
}

static void on_overlays(struct truth *truth, const char *told)
{
	const char *until = strstr(told, " until='");

	if (strstr(told, "<person ") != NULL) {
		truth->overlay_round = truth->round;
		truth->overlay_until[0] = '\0';
	}
	if (until != NULL)
		(void)snprintf(truth->overlay_until, sizeof(truth->overlay_until), "%.*s",
			(int)strcspn(until + 8, "'"), until + 8);
	if (strstr(told, "complete='true'") != NULL &&
		truth->overlay_round != truth->round)
		truth->overlay_until[0] = '\0';
}

static void on_iq(struct world *world, struct truth *truth, const char *iq)
{
	const char *inside = strchr(iq, '>') + 1;
	const char *id = strstr(iq, " id='");
	char copy[64];

	(void)snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(id + 5, "'"), id + 5);
	if (strncmp(inside, "<overlays ", 10) == 0)
		on_overlays(truth, inside);
	if (is_lost(truth))
		return;
	if (strncmp(inside, "<hello ", 7) == 0)
		on_hello(world, truth, copy);
	else if (strncmp(inside, "<sees ", 6) == 0)
		on_sees(world, truth, copy, inside);
	else if (strncmp(inside, "<overlays ", 10) == 0)
		answer(world, copy, "<overlays xmlns='urn:calpresence:server:1'/>");
	else
		answer(world, copy,
			"<query xmlns='http://jabber.org/protocol/disco#info'>"
			"<identity category='server' type='im' name='Prosody'/></query>");
}

static void on_presence(struct truth *truth, const char *presence)
{
	for (size_t i = 0; i < WATCHERS; i++) {
		if (world_has_presence(presence, SHOWN, watchers[i], ""))
			(void)snprintf(
				truth->told[i], sizeof(truth->told[i]), "%s", presence);
		if (world_has_presence(
			    presence, ALICE_MEET, watchers[i], "type='unsubscribed'"))
			truth->asked[i] = false;
	}
}

static void connect(struct world *world, struct truth *truth)
{
	engine_link_up(world->engine);
	world_turn(world);
	truth->up = true;
}

/* Takes all that was sent, one stanza after the other. */
static void serve(struct world *world, struct truth *truth)
{
	char *sent = strdup(world_sent(world));
	char *at = sent;

	assert_non_null(sent);
	while (*at != '\0') {
		bool is_iq = strncmp(at, "<iq ", 4) == 0;
		char *end =
			is_iq ? strstr(at, "</iq>") + 5 : at + 1 + strcspn(at + 1, "<");
		char *stanza;

		while (!is_iq && *end != '\0' && strncmp(end, "<iq ", 4) != 0 &&
			strncmp(end, "<presence", 9) != 0)
			end += 1 + strcspn(end + 1, "<");
		stanza = strndup(at, (size_t)(end - at));
		assert_non_null(stanza);
		if (is_iq)
			on_iq(world, truth, stanza);
		else
			on_presence(truth, stanza);
		free(stanza);
		at = end;
	}
	free(sent);
	buf_reset(&world->all);
	/* The program obeys. */
	if (world->n_reconnect > 0 && truth->up) {
		world_down(world);
		connect(world, truth);
	}
	world->n_reconnect = 0;
}

/* ------------------------------------------------------------------ what happens */

static void read_calendar(struct world *world, const struct truth *truth)
{
	int64_t now = world->now.wall_ms / 1000;

	if (world->watched != 0)
		world_meeting(
			world, truth->from - now, truth->to - now, GATEWAY_BUSY_BUSY);
}

static void change_calendar(struct world *world, struct truth *truth)
{
	truth->from = world->now.wall_ms / 1000 - 20 + pick(truth, 100);
	truth->to = truth->from + 1 + pick(truth, 600);
	read_calendar(world, truth);
}

static void change_watcher(struct world *world, struct truth *truth)
{
	static const char *const types[] = {"subscribe", "probe", "unsubscribe"};
	size_t i = pick(truth, WATCHERS);
	unsigned type = pick(truth, 3);

	world_says(world, watchers[i], ALICE_MEET, types[type]);
	/* A stranger's request is not kept while she is not known. */
	if (type != 1)
		truth->asked[i] = type == 0 && i != STRANGER;
}

static void change_sight(struct world *world, struct truth *truth)
{
	size_t i = pick(truth, WATCHERS);

	truth->blocked[i] = pick(truth, 8) == 0;
	truth->sees[i] = pick(truth, 4) != 0;
	if (truth->up)
		push_sees(world, truth, i);
}

static void lose_something(struct world *world, struct truth *truth)
{
	if (pick(truth, 4) == 0) {
		world_restart_with(world, domains, truth->modes);
		truth->up = false;
	} else if (truth->up) {
		world_down(world);
		truth->up = false;
	}
	if (pick(truth, 2) == 0)
		connect(world, truth);
}

static void step(struct world *world, struct truth *truth)
{
	static const int64_t pauses[] = {10, 1000, 3000, 9000, 30000, 130000};
	size_t i = pick(truth, 2);

	switch (pick(truth, 10)) {
	case 0:
	case 1:
		truth->online[i] = !truth->online[i];
		if (truth->up)
			push_client(world, truth, i);
		break;
	case 2:
		change_calendar(world, truth);
		break;
	case 3:
		if (truth->up)
			change_watcher(world, truth);
		break;
	case 4:
		change_sight(world, truth);
		break;
	case 5:
		if (pick(truth, 4) == 0)
			lose_something(world, truth);
		break;
	case 6:
		if (truth->up && pick(truth, 4) == 0)
			push(world, truth, "<bye/>");
		break;
	default:
		world_pass(world, pauses[pick(truth, 6)]);
		break;
	}
	if (pick(truth, 3) != 0)
		serve(world, truth);
}

/* ------------------------------------------------------------------ what is right */

static bool may_see(const struct truth *truth, size_t i)
{
	if (truth->modes == modes[0])
		return truth->sees[i] && !truth->blocked[i];
	return i != STRANGER && !truth->blocked[i];
}

static void check(const struct world *world, const struct truth *truth)
{

	int64_t now = world->now.wall_ms / 1000;
	bool online = truth->online[0] || truth->online[1];
	bool in_meeting = truth->from <= now && now < truth->to;
	char time[CLOCK_TEXT_SIZE];

	for (size_t i = 0; i < WATCHERS; i++) {
		const char *told = truth->told[i];
		bool sees_something =
			*told != '\0' && strstr(told, "type='unavailable'") == NULL;

		if (!may_see(truth, i) || !online)
			assert_false(sees_something);
		else if (truth->asked[i] && in_meeting)
			assert_non_null(strstr(told, "In a meeting"));
		else if (truth->asked[i])
			assert_non_null(strstr(told, "here"));
	}
	clock_print(world->now.wall_ms, time);
	if (truth->modes == modes[0] && online)
		assert_int_equal(strcmp(truth->overlay_until, time) > 0, in_meeting);
}

/* Nothing is lost any more, and some minutes pass in which nothing happens. */
static void come_to_rest(struct world *world, struct truth *truth)
{
	truth->unreliable = false;
	if (!truth->up)
		connect(world, truth);
	for (int i = 0; i < 200; i++) {
		serve(world, truth);
		world_pass(world, 1000);
	}
	/* What was lost before is found by its number with the next news. */
	push_client(world, truth, 0);
	truth->to = truth->to < world->now.wall_ms / 1000 + 300
			    ? truth->to
			    : world->now.wall_ms / 1000 + 300;
	for (int i = 0; i < 60; i++) {
		serve(world, truth);
		if (i % 20 == 0)
			read_calendar(world, truth);
		world_pass(world, 1000);
	}
	serve(world, truth);
}

static void in_the_end_everybody_knows_what_is_true(void **state)
{
	FILE *log = scene_log_begin(LOG_LEVEL_ERROR);

	for (unsigned walk = 0; walk < WALKS; walk++) {
		struct truth truth = {
			.seed = walk + 1, .unreliable = true, .modes = modes[walk % 2]};
		struct world *world = *state;

		world_begin_with(world, domains, truth.modes);
		world->has_module = true;
		connect(world, &truth);
		for (int i = 0; i < STEPS; i++)
			step(world, &truth);
		come_to_rest(world, &truth);
		check(world, &truth);
		world_end(world);
	}
	free(scene_log_end(log));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(in_the_end_everybody_knows_what_is_true),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
