#include "component/engine_fixture.h"

#include "component/element.h"
#include "component/report/report.h"
#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (4 * 1024 * 1024)
#define ALL_MAX (64 * TEXT_MAX)

#define SERVER_NS "urn:calpresence:server:1"
#define DISCO "http://jabber.org/protocol/disco#info"

static void on_watch(void *context, unsigned gateway, const struct gateway_watch *watch)
{
	struct world *world = context;

	world->watched = watch->mailbox;
	world->watched_gateway = gateway;
	world->watched_not_before = watch->not_before;
	world->watched_last_read = watch->last_read;
	world->watched_replies_read = watch->oof_read;
	(void)snprintf(world->watched_address, sizeof(world->watched_address), "%s",
		watch->address);
	world->n_watch++;
}

static void on_unwatch(void *context, unsigned gateway, uint32_t mailbox)
{
	struct world *world = context;

	(void)gateway;
	(void)mailbox;
	world->n_unwatch++;
}

static void on_reconnect(void *context)
{
	struct world *world = context;

	world->n_reconnect++;
}

static void begin_engine(struct world *world)
{
	const struct engine_ports ports = {
		.names = &world->names,
		.outbox = world->outbox,
		.store = world->store,
		.watch = on_watch,
		.unwatch = on_unwatch,
		.reconnect = on_reconnect,
		.context = world,
	};

	world->engine = engine_create(world->config, &ports, world->now);
	assert_non_null(world->engine);
}

static struct config *configure(const char *people, const char *publish)
{
	static const char format[] =
		"component = { jid = \"meet.example.test\"; host = \"127.0.0.1\"; "
		"secret = \"s\"; };\n"
		"%s%s"
		"publish = { %s };\n";
	static const char gateways[] =
		"gateways = ( { name = \"hq\"; url = \"https://mail.example.com/EWS/"
		"Exchange.asmx\"; auth = \"basic\"; username = \"u\"; password = \"p\"; "
		"} );\n";
	struct config_errors errors = {0};
	struct config *config;
	char text[4096];

	(void)snprintf(text, sizeof(text), format, people,
		strstr(people, "gateways = ") == NULL ? gateways : "", publish);
	config = config_load_text("test.conf", text, 1, &errors);
	for (size_t i = 0; i < errors.kept; i++)
		print_error("%s\n", errors.list[i].text);
	assert_non_null(config);
	config_errors_finish(&errors);
	return config;
}

static void drain(struct world *world);

void world_begin(struct world *world, const char *publish)
{
	world_begin_with(world,
		"domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n",
		publish);
}

void world_begin_with(struct world *world, const char *people, const char *publish)
{
	struct store_error error;
	bool moved;

	memset(world, 0, sizeof(*world));
	buf_init(&world->unread, ALL_MAX);
	buf_init(&world->all, ALL_MAX);
	buf_init(&world->why, TEXT_MAX);
	world->now =
		(struct now){.mono_ms = 1000000, .wall_ms = (int64_t)WORLD_NOW * 1000};
	world->config = configure(people, publish);
	world->store = store_open(":memory:", WORLD_NOW, &moved, &error);
	assert_non_null(world->store);
	names_init(&world->names);
	world->outbox = outbox_create(&world->names, "ours");
	assert_non_null(world->outbox);
	begin_engine(world);
}

void world_restart(struct world *world)
{
	assert_true(store_commit(world->store, NULL));
	engine_destroy(world->engine);
	outbox_clear(world->outbox);
	world->n_refusals = 0;
	begin_engine(world);
}

void world_restart_with(struct world *world, const char *people, const char *publish)
{
	assert_true(store_commit(world->store, NULL));
	engine_destroy(world->engine);
	outbox_clear(world->outbox);
	world->n_refusals = 0;
	config_free(world->config);
	world->config = configure(people, publish);
	begin_engine(world);
}

void world_reload(struct world *world, const char *people, const char *publish)
{
	struct config *old = world->config;

	world->config = configure(people, publish);
	engine_retract(world->engine, world->config);
	drain(world);
	assert_true(store_commit(world->store, NULL));
	engine_destroy(world->engine);
	world->n_refusals = 0;
	config_free(old);
	begin_engine(world);
}

void world_end(struct world *world)
{
	engine_destroy(world->engine);
	outbox_destroy(world->outbox);
	names_finish(&world->names);
	store_close(world->store);
	config_free(world->config);
	free(world->sent);
	free(world->overlays);
	buf_finish(&world->unread);
	buf_finish(&world->all);
	buf_finish(&world->why);
	*world = (struct world){0};
}

int world_set_up(void **state)
{
	*state = calloc(1, sizeof(struct world));
	return *state ? 0 : -1;
}

int world_tear_down(void **state)
{
	world_end(*state);
	free(*state);
	return 0;
}

const char *world_why(struct world *world, const char *jid, bool json)
{
	buf_reset(&world->why);
	assert_true(report_why(engine_people(world->engine), jid, json, &world->why));
	return buf_text(&world->why);
}

void world_turn(struct world *world)
{
	while (engine_turn(world->engine)) {
	}
}

static void __attribute__((format(printf, 2, 0)))
feed(struct world *world, const char *format, va_list arguments)
{
	struct parsed parsed;
	va_list again;
	char *text;
	int n;

	va_copy(again, arguments);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	text = malloc((size_t)n + 1);
	assert_non_null(text);
	(void)vsnprintf(text, (size_t)n + 1, format, arguments);
	parsed = parse(text);
	engine_on_stanza(world->engine, parsed.element);
	parsed_finish(&parsed);
	free(text);
}

void world_feed(struct world *world, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	feed(world, format, arguments);
	va_end(arguments);
	if (!world->together)
		world_turn(world);
}

void world_comes(struct world *world, const char *full, const char *inside)
{
	world_feed(world,
		"<presence xmlns='jabber:component:accept' from='%s' "
		"to='meet.example.test'>%s</presence>",
		full, inside);
}

void world_goes(struct world *world, const char *full)
{
	world_feed(world,
		"<presence xmlns='jabber:component:accept' from='%s' "
		"to='meet.example.test' type='unavailable' xml:lang='en'/>",
		full);
}

void world_says(struct world *world, const char *from, const char *to, const char *type)
{
	world_feed(world,
		"<presence xmlns='jabber:component:accept' from='%s' to='%s' "
		"type='%s'/>",
		from, to, type);
}

static void __attribute__((format(printf, 2, 3)))
feed_in_turn(struct world *world, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	feed(world, format, arguments);
	va_end(arguments);
}

/* The attribute of a stanza's head; "" where it has none. */
static void attribute(const char *stanza, const char *name, char out_value[256])
{
	const char *end = strchr(stanza, '>');
	char attr[32];
	const char *at;

	(void)snprintf(attr, sizeof(attr), " %s='", name);
	at = strstr(stanza, attr);
	out_value[0] = '\0';
	if (at != NULL && at < end) {
		size_t n = strcspn(at += strlen(attr), "'");

		assert_true(n < 256);
		memcpy(out_value, at, n);
		out_value[n] = '\0';
	}
}

/* A server that has no module does not know the namespace. Its answer is here when the
 * test does the next thing. */
static void refuse_hello(struct world *world, const char *iq)
{
	char to[256];
	char id[256];

	attribute(iq, "to", to);
	attribute(iq, "id", id);
	assert_true(world->n_refusals < WORLD_REFUSALS_MAX);
	(void)snprintf(world->refusals[world->n_refusals++], sizeof(world->refusals[0]),
		"<iq xmlns='jabber:component:accept' type='error' from='%s' "
		"to='meet.example.test' id='%s'><error type='cancel'>"
		"<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
		"</error></iq>",
		to, id);
}

static void deliver_refusals(struct world *world)
{
	size_t n = world->n_refusals;

	world->n_refusals = 0;
	for (size_t i = 0; i < n; i++)
		feed_in_turn(world, "%s", world->refusals[i]);
}

/* An empty block list. */
static void answer_blocks(struct world *world, const char *iq)
{
	char to[256];
	char id[256];

	attribute(iq, "to", to);
	attribute(iq, "id", id);
	feed_in_turn(world,
		"<iq xmlns='jabber:component:accept' type='result' from='%s' "
		"to='meet.example.test' id='%s'><privilege "
		"xmlns='urn:xmpp:privilege:2'><forwarded xmlns='urn:xmpp:forward:0'><iq "
		"xmlns='jabber:client' type='result' id='blocklist'><blocklist "
		"xmlns='urn:xmpp:blocking'/></iq></forwarded></privilege></iq>",
		to, id);
}

static bool is_answered(const struct world *world, const char *inside)
{
	if (strncmp(inside, "<hello ", strlen("<hello ")) == 0)
		return !world->has_module;
	return strncmp(inside, "<privileged_iq ", strlen("<privileged_iq ")) == 0 &&
	       !world->blocks_are_left &&
	       world->config->publish.watchers != CONFIG_WATCHERS_CONTACTS;
}

/* The iq's end; a privileged one has another inside. */
static const char *end_of(const char *inside)
{
	const char *last = strncmp(inside, "<hello ", strlen("<hello ")) == 0
				   ? "</iq>"
				   : "</privileged_iq></iq>";

	return strstr(inside, last) + strlen(last);
}

/* What the server answers by itself is kept from the test. */
static void hand_on(struct world *world, const char *text)
{
	const char *iq = text;

	while ((iq = strstr(iq, "<iq ")) != NULL) {
		const char *inside = strchr(iq, '>') + 1;

		if (is_answered(world, inside)) {
			buf_add(&world->unread, text, (size_t)(iq - text));
			if (strncmp(inside, "<hello ", strlen("<hello ")) == 0)
				refuse_hello(world, iq);
			else
				answer_blocks(world, iq);
			text = end_of(inside);
			inside = text;
		}
		iq = inside;
	}
	buf_puts(&world->unread, text);
}

static void drain(struct world *world)
{
	struct buf text;

	buf_init(&text, ALL_MAX);
	deliver_refusals(world);
	world_turn(world);
	while (outbox_length(world->outbox) > 0) {
		buf_reset(&text);
		while (outbox_length(world->outbox) > 0)
			assert_true(
				outbox_take(world->outbox, &text, LINK_BLOCK_MAX) > 0);
		buf_puts(&world->all, buf_text(&text));
		hand_on(world, buf_text(&text));
		world_turn(world);
	}
	buf_finish(&text);
	assert_false(world->unread.failed || world->all.failed);
}

const char *world_sent(struct world *world)
{
	drain(world);
	free(world->sent);
	world->sent = strdup(buf_text(&world->unread));
	assert_non_null(world->sent);
	buf_reset(&world->unread);
	return world->sent;
}

void world_pass(struct world *world, int64_t ms)
{
	deliver_refusals(world);
	world_turn(world);
	world->now.mono_ms += ms;
	world->now.wall_ms += ms;
	engine_set_now(world->engine, world->now);
	world_turn(world);
}

/* The id of the last iq to this address that has these words inside. */
static void find_id(const char *sent, const char *to, const char *about, char out_id[256])
{
	const char *iq = sent;
	const char *words = sent;
	char addressee[256];

	out_id[0] = '\0';
	while ((iq = strstr(iq, "<iq ")) != NULL) {
		const char *end = strstr(iq, "</iq>");

		while (words != NULL && words < iq)
			words = strstr(words + 1, about);
		attribute(iq, "to", addressee);
		if (words != NULL && words < end && strcmp(addressee, to) == 0)
			attribute(iq, "id", out_id);
		iq = end;
	}
	if (out_id[0] == '\0')
		fail_msg("no iq to %s about \"%s\" in: %s", to, about, sent);
}

void world_answer_about(
	struct world *world, const char *from, const char *about, const char *inside)
{
	char id[256];

	drain(world);
	find_id(buf_text(&world->all), from, about, id);
	world_feed(world,
		"<iq xmlns='jabber:component:accept' type='result' from='%s' "
		"to='meet.example.test' id='%s'>%s</iq>",
		from, id, inside);
}

void world_refuse_about(
	struct world *world, const char *from, const char *about, const char *condition)
{
	char id[256];

	drain(world);
	find_id(buf_text(&world->all), from, about, id);
	world_feed(world,
		"<iq xmlns='jabber:component:accept' type='error' from='%s' "
		"to='meet.example.test' id='%s'><error type='cancel'><%s "
		"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		from, id, condition);
}

void world_answer(struct world *world, const char *from, const char *inside)
{
	world_answer_about(world, from, "", inside);
}

void world_refuse(struct world *world, const char *from, const char *condition)
{
	world_refuse_about(world, from, "", condition);
}

/* ------------------------------------------------------------------ streams */

void world_up(struct world *world)
{
	engine_link_up(world->engine);
	(void)world_sent(world);
}

void world_down(struct world *world)
{
	world->n_refusals = 0;
	engine_link_down(world->engine);
	world_turn(world);
}

void world_software(struct world *world, const char *domain, const char *name)
{
	char inside[512];

	(void)snprintf(inside, sizeof(inside),
		"<query xmlns='" DISCO "'><identity category='server' type='im'%s%s%s/>"
		"<feature var='" DISCO "'/></query>",
		name == NULL ? "" : " name='", name == NULL ? "" : name,
		name == NULL ? "" : "'");
	world_answer_about(world, domain, DISCO, inside);
}

static void privileges(struct world *world, const char *ns, const char *iq)
{
	world_feed(world,
		"<message xmlns='jabber:component:accept' from='example.test' "
		"to='meet.example.test'><privilege xmlns='%s'><perm access='roster' "
		"type='both'/><perm access='presence' type='managed_entity'/>%s"
		"</privilege></message>",
		ns, iq);
}

void world_dump_begins(struct world *world)
{
	world->has_module = false;
	world_up(world);
	privileges(world, "urn:xmpp:privilege:2",
		"<perm access='iq'><namespace ns='urn:xmpp:blocking' "
		"type='get'/></perm>");
}

void world_dump_ends(struct world *world)
{
	world_software(world, "example.test", "Prosody");
}

void world_up_prosody(struct world *world)
{
	world_dump_begins(world);
	world_dump_ends(world);
}

void world_up_ejabberd(struct world *world)
{
	world->has_module = false;
	world_up(world);
	privileges(world, "urn:xmpp:privilege:1", "");
	world_software(world, "example.test", "ejabberd");
}

/* ------------------------------------------------------------------ our module */

void world_hello_with(
	struct world *world, const char *lease, const char *max, const char *abilities)
{
	char inside[1024];

	world->seq = 0;
	(void)snprintf(inside, sizeof(inside),
		"<hello xmlns='" SERVER_NS "' version='1' server='Prosody' "
		"server-version='0.12.3' lease='%s' max='%s'>%s</hello>",
		lease, max, abilities);
	world_answer_about(world, "example.test", "<hello ", inside);
}

void world_hello(struct world *world)
{
	world_hello_with(world, "120", "500",
		"<ability name='overlays'/><ability name='clients'/>"
		"<ability name='sees'/>");
}

void world_module_begins(struct world *world)
{
	world->has_module = true;
	world_up(world);
	world_hello(world);
}

void world_module_ends(struct world *world)
{
	world_module_feed(world, "<end/>");
	world_software(world, "example.test", "Prosody");
	(void)world_sent(world);
}

void world_up_module(struct world *world)
{
	world_module_begins(world);
	world_module_ends(world);
}

void world_module_feed(struct world *world, const char *format, ...)
{
	va_list arguments;
	char *text;
	int n;

	va_start(arguments, format);
	n = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	text = malloc((size_t)n + 1);
	assert_non_null(text);
	va_start(arguments, format);
	(void)vsnprintf(text, (size_t)n + 1, format, arguments);
	va_end(arguments);
	world_feed(world,
		"<message xmlns='jabber:component:accept' from='example.test' "
		"to='meet.example.test'><feed xmlns='" SERVER_NS "' seq='%" PRId64
		"'>%s</feed></message>",
		++world->seq, text);
	free(text);
}

void world_module_client(struct world *world, const char *full, const char *inside)
{
	world_module_feed(
		world, "<client jid='%s' priority='0'>%s</client>", full, inside);
}

void world_module_gone(struct world *world, const char *full)
{
	world_module_feed(world, "<gone jid='%s'/>", full);
}

void world_module_sees(struct world *world, const char *person, const char *watchers)
{
	char about[320];
	char inside[4096];

	(void)snprintf(
		about, sizeof(about), "<sees xmlns='" SERVER_NS "' jid='%s'>", person);
	assert_true(snprintf(inside, sizeof(inside), "%s%s</sees>", about, watchers) <
		    (int)sizeof(inside));
	world_answer_about(world, "example.test", about, inside);
}

/* Answers the iqs with overlays from an offset on, and adds them to the text. */
static void answer_overlays(struct world *world, struct buf *text)
{
	const char *iq = buf_text(&world->all) + world->overlays_from;

	world->overlays_from = world->all.len;
	while ((iq = strstr(iq, "<iq ")) != NULL) {
		const char *head = strchr(iq, '>') + 1;
		const char *end = strstr(head, "</iq>");
		char to[256];
		char id[256];

		if (strncmp(head, "<overlays ", strlen("<overlays ")) == 0) {
			attribute(iq, "to", to);
			attribute(iq, "id", id);
			buf_add(text, head, (size_t)(end - head));
			feed_in_turn(world,
				"<iq xmlns='jabber:component:accept' type='result' "
				"from='%s' to='meet.example.test' id='%s'><overlays "
				"xmlns='" SERVER_NS "'/></iq>",
				to, id);
		}
		iq = head;
	}
}

const char *world_overlays(struct world *world)
{
	struct buf text;
	size_t before;

	buf_init(&text, ALL_MAX);
	do {
		before = text.len;
		drain(world);
		answer_overlays(world, &text);
	} while (text.len > before);
	free(world->overlays);
	world->overlays = strdup(buf_text(&text));
	assert_non_null(world->overlays);
	buf_finish(&text);
	return world->overlays;
}

/* ------------------------------------------------------------------ what was sent */

bool world_has_presence(
	const char *text, const char *from, const char *to, const char *part)
{
	char from_attr[256];
	char to_attr[256];
	const char *at = text;

	(void)snprintf(from_attr, sizeof(from_attr), " from='%s'", from);
	(void)snprintf(to_attr, sizeof(to_attr), " to='%s'", to);
	while ((at = strstr(at, "<presence")) != NULL) {
		size_t head = strcspn(at, ">");
		const char *next = strstr(at + 1, "<presence");
		size_t n = next == NULL ? strlen(at) : (size_t)(next - at);
		char *stanza = strndup(at, n);
		bool found;

		assert_non_null(stanza);
		found = strstr(stanza, from_attr) != NULL &&
			strstr(stanza, to_attr) != NULL && strstr(stanza, part) != NULL;
		free(stanza);
		if (found)
			return true;
		at += head;
	}
	return false;
}

void expect_presence(const char *text, const char *from, const char *to, const char *part)
{
	if (!world_has_presence(text, from, to, part))
		fail_msg("no presence from %s to %s with \"%s\" in: %s", from, to, part,
			text);
}

void expect_no_presence(
	const char *text, const char *from, const char *to, const char *part)
{
	if (world_has_presence(text, from, to, part))
		fail_msg("a presence from %s to %s with \"%s\" in: %s", from, to, part,
			text);
}
