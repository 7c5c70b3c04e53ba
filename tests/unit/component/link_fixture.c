#include "component/link_fixture.h"

#include "base/log.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

static void on_up(void *context)
{
	struct link_fixture *f = context;

	f->ups++;
}

static void on_down(void *context)
{
	struct link_fixture *f = context;

	f->downs++;
	f->down = link_last_loss(f->link);
}

static void on_stanza(void *context, const struct element *stanza)
{
	struct link_fixture *f = context;

	assert_int_equal(f->ups, f->downs + 1);
	assert_string_equal(element_ns(stanza), STANZA_NS);
	buf_puts(&f->stanzas, element_name(stanza));
	buf_puts(&f->stanzas, " ");
	if (f->close_on_stanza)
		link_close(f->link);
}

void make_link(struct link_fixture *f, const char *host, unsigned short port)
{
	const struct link_options options = {
		.jid = FAKE_JID,
		.host = host,
		.port = port,
		.secret = &f->secret,
		.ping_to = "example.test",
	};
	const struct link_events events = {
		.up = on_up, .down = on_down, .stanza = on_stanza, .context = f};

	link_destroy(f->link);
	f->link = link_create(&options, &events, 42);
	assert_non_null(f->link);
}

int set_up(void **state)
{
	struct link_fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->now = 1000000;
	f->log = open_memstream(&f->lines, &f->lines_size);
	assert_non_null(f->log);
	log_setup(f->log, LOG_LEVEL_DEBUG, false);
	buf_init(&f->stanzas, (size_t)1024 * 1024);
	assert_true(secret_set(&f->secret, FAKE_SECRET, strlen(FAKE_SECRET)));
	fake_server_start(&f->server);
	make_link(f, "127.0.0.1", f->server.port);
	*state = f;
	return 0;
}

int tear_down(void **state)
{
	struct link_fixture *f = *state;

	link_destroy(f->link);
	fake_server_stop(&f->server);
	secret_finish(&f->secret);
	buf_finish(&f->stanzas);
	log_setup(stderr, LOG_LEVEL_INFO, false);
	(void)fclose(f->log);
	free(f->lines);
	free(f);
	return 0;
}

void turn(struct link_fixture *f)
{
	struct pollfd fds[] = {
		{.fd = link_fd(f->link, &(short){0})},
		{.fd = f->server.listener, .events = POLLIN},
		{.fd = f->server.deaf ? -1 : f->server.peer, .events = POLLIN},
	};
	int wait = f->server.out.len > 0 || link_deadline(f->link, f->now) <= f->now ? 0
										     : 10;

	(void)link_fd(f->link, &fds[0].events);
	assert_true(poll(fds, 3, wait) >= 0);
	fake_server_turn(&f->server);
	link_turn(f->link, f->now);
}

void turn_until(struct link_fixture *f, bool (*is_so)(const struct link_fixture *f))
{
	for (int i = 0; i < 10000; i++) {
		if (is_so(f))
			return;
		turn(f);
	}
	fail_msg("state=%d last loss=%s", link_state(f->link),
		link_loss_name(link_last_loss(f->link)));
}

bool is_up(const struct link_fixture *f)
{
	return link_state(f->link) == LINK_UP;
}

bool is_waiting(const struct link_fixture *f)
{
	return link_next_try(f->link) > f->now;
}

bool is_idle(const struct link_fixture *f)
{
	return link_state(f->link) == LINK_IDLE;
}

bool is_accepted(const struct link_fixture *f)
{
	return f->server.peer >= 0;
}

bool is_all_said(const struct link_fixture *f)
{
	return f->server.out.len == 0;
}

bool has_a_stanza(const struct link_fixture *f)
{
	return f->stanzas.len > 0;
}

bool was_sent_the_end(const struct link_fixture *f)
{
	return strstr(buf_text(&f->server.in), "<end/>") != NULL;
}

bool was_pinged(const struct link_fixture *f)
{
	return strstr(buf_text(&f->server.in), "urn:xmpp:ping") != NULL;
}

void open_up(struct link_fixture *f)
{
	link_open(f->link, f->now);
	turn_until(f, is_up);
}

size_t count_log(struct link_fixture *f, const char *text)
{
	size_t n = 0;

	(void)fflush(f->log);
	for (const char *at = f->lines; (at = strstr(at, text)); at++)
		n++;
	return n;
}
