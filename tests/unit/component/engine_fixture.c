#include "component/engine_fixture.h"

#include "component/element.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (4 * 1024 * 1024)
#define ALL_MAX (64 * TEXT_MAX)

static void on_watch(void *context, unsigned gateway, const struct gateway_watch *watch)
{
	struct world *world = context;

	world->watched = watch->mailbox;
	world->watched_gateway = gateway;
	world->watched_not_before = watch->not_before;
	world->watched_last_read = watch->last_read;
	world->watched_replies_read = watch->replies_read;
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
	begin_engine(world);
}

void world_restart_with(struct world *world, const char *people, const char *publish)
{
	assert_true(store_commit(world->store, NULL));
	engine_destroy(world->engine);
	outbox_clear(world->outbox);
	config_free(world->config);
	world->config = configure(people, publish);
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
	buf_finish(&world->unread);
	buf_finish(&world->all);
}

void world_feed(struct world *world, const char *format, ...)
{
	struct parsed parsed;
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
	parsed = parse(text);
	engine_on_stanza(world->engine, parsed.element);
	parsed_finish(&parsed);
	free(text);
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

static void drain(struct world *world)
{
	size_t before = world->unread.len;

	while (outbox_length(world->outbox) > 0)
		assert_true(
			outbox_take(world->outbox, &world->unread, LINK_BLOCK_MAX) > 0);
	buf_puts(&world->all, buf_text(&world->unread) + before);
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
	world->now.mono_ms += ms;
	world->now.wall_ms += ms;
	engine_set_now(world->engine, world->now);
	while (engine_turn(world->engine)) {
	}
}

/* The id of the last iq in what was sent last that goes to this address. */
static void find_id(const char *sent, const char *to, char out_id[64])
{
	const char *iq = sent;
	char attr[256];

	out_id[0] = '\0';
	(void)snprintf(attr, sizeof(attr), " to='%s'", to);
	while ((iq = strstr(iq, "<iq ")) != NULL) {
		const char *end = strchr(iq, '>');
		const char *at = strstr(iq, attr);
		const char *id = strstr(iq, " id='");

		if (at != NULL && at < end && id != NULL && id < end) {
			size_t n = strcspn(id + 5, "'");

			assert_true(n < 64);
			memcpy(out_id, id + 5, n);
			out_id[n] = '\0';
		}
		iq = end;
	}
	if (out_id[0] == '\0')
		fail_msg("no iq to %s in: %s", to, sent);
}

void world_answer(struct world *world, const char *from, const char *inside)
{
	char id[64];

	drain(world);
	find_id(buf_text(&world->all), from, id);
	world_feed(world,
		"<iq xmlns='jabber:component:accept' type='result' from='%s' "
		"to='meet.example.test' id='%s'>%s</iq>",
		from, id, inside);
}

void world_refuse(struct world *world, const char *from, const char *condition)
{
	char id[64];

	drain(world);
	find_id(buf_text(&world->all), from, id);
	world_feed(world,
		"<iq xmlns='jabber:component:accept' type='error' from='%s' "
		"to='meet.example.test' id='%s'><error type='cancel'><%s "
		"xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
		from, id, condition);
}

void world_up(struct world *world)
{
	engine_link_up(world->engine);
	(void)world_sent(world);
}

static void trust_echo(struct world *world)
{
	const char *id = strstr(world->sent, "id='trust-");

	if (id != NULL)
		world_feed(world,
			"<presence xmlns='jabber:component:accept' from='example.test' "
			"to='meet.example.test' id='%.*s'/>",
			(int)strcspn(id + 4, "'"), id + 4);
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
	world_up(world);
	privileges(world, "urn:xmpp:privilege:2",
		"<perm access='iq'><namespace ns='urn:xmpp:blocking' "
		"type='get'/></perm>");
	trust_echo(world);
}

void world_dump_ends(struct world *world)
{
	world_answer(world, "example.test",
		"<query xmlns='jabber:iq:version'><name>Prosody</name></query>");
}

void world_up_prosody(struct world *world)
{
	world_dump_begins(world);
	world_dump_ends(world);
}

void world_up_ejabberd(struct world *world)
{
	world_up(world);
	privileges(world, "urn:xmpp:privilege:1", "");
	trust_echo(world);
	world_answer(world, "example.test",
		"<query xmlns='jabber:iq:version'><name>ejabberd</name></query>");
}

void world_down(struct world *world, enum link_loss loss)
{
	engine_link_down(world->engine, loss);
}

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
