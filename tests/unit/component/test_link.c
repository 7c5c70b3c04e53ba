#include "component/link_fixture.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static void a_component_connects_sends_and_leaves(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	assert_int_equal(f->ups, 1);
	assert_true(link_writable(f->link));
	link_send(f->link, "<presence/><end/>", 17);
	turn_until(f, was_sent_the_end);
	fake_server_say(&f->server, "<message/>");
	turn_until(f, has_a_stanza);
	link_close(f->link);
	assert_int_equal(link_state(f->link), LINK_CLOSING);
	while (!strstr(buf_text(&f->server.in), "</stream:stream>"))
		turn(f);
	fake_server_say(&f->server, "</stream:stream>");
	turn_until(f, is_idle);
	assert_int_equal(f->downs, 1);
	assert_int_equal(f->down, LINK_LOSS_CLOSED);
	assert_int_equal(f->server.connections, 1);
	assert_true(f->server.let_in);
}

/* TCP holds small pieces back for a while: it is not enough that all was said. */
static bool has_message_and_iq(const struct link_fixture *f)
{
	return strcmp(buf_text(&f->stanzas), "message iq ") == 0;
}

static void stanzas_come_byte_by_byte(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	f->server.slice = 1;
	fake_server_say(
		&f->server, "<message><body>a&amp;\xc3\xa4</body></message> <iq/>");
	turn_until(f, is_all_said);
	turn_until(f, has_message_and_iq);
}

static void stanzas_right_behind_the_handshake_follow_up(void **state)
{
	struct link_fixture *f = *state;

	link_open(f->link, f->now);
	while (!f->server.let_in)
		turn(f);
	fake_server_say(&f->server, "<message/>");
	turn_until(f, has_a_stanza);
	assert_int_equal(f->ups, 1);
}

static void a_stanza_of_another_namespace_is_none(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	fake_server_say(&f->server,
		"<presence xmlns='jabber:client'/><x:message xmlns:x='urn:x'/><iq/>");
	turn_until(f, has_a_stanza);
	assert_string_equal(buf_text(&f->stanzas), "iq ");
}

static void many_stanzas_are_read_in_bounded_shares(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	for (int i = 0; i < 15000; i++)
		buf_printf(&f->server.out,
			"<presence from='u%d@example.test/x'><show>dnd</show></presence>",
			i);
	turn_until(f, is_all_said);
	for (int i = 0; i < 100; i++)
		turn(f);
	assert_int_equal(f->stanzas.len, 15000 * strlen("presence "));
}

static void answers_to_pings_are_kept_from_the_rest(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	for (int i = 1; i <= 5; i++) {
		buf_reset(&f->server.in);
		f->now = link_deadline(f->link, f->now);
		turn(f);
		turn_until(f, was_pinged);
		assert_non_null(strstr(buf_text(&f->server.in),
			"<iq type='get' from='" FAKE_JID
			"' to='example.test' id='link-ping-"));
		buf_printf(&f->server.out,
			"<iq type='error' from='example.test' to='" FAKE_JID
			"' id='link-ping-%d'/>",
			i);
		turn_until(f, is_all_said);
		turn(f);
	}
	assert_true(is_up(f));
	assert_int_equal(f->stanzas.len, 0);
	fake_server_say(&f->server, "<iq type='result' from='eve@x' id='link-ping-1'/>");
	turn_until(f, has_a_stanza);
}

static void any_stanza_is_a_sign_of_life(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	for (int i = 0; i < 10; i++) {
		fake_server_say(&f->server, "<presence/>");
		turn_until(f, is_all_said);
		turn(f);
		f->now = link_deadline(f->link, f->now);
		turn(f);
	}
	assert_true(is_up(f));
}

/* As a loop does whose clock stands still: the link has its turn only when its fd is
 * ready. */
static void turn_if_ready(struct link_fixture *f)
{
	struct pollfd pollfd = {0};

	pollfd.fd = link_fd(f->link, &pollfd.events);
	fake_server_turn(&f->server);
	if (poll(&pollfd, 1, 1) > 0)
		link_turn(f->link, f->now);
}

/* Sends up to `most` blocks to a server that does not read, then lets it read. */
static void fill(struct link_fixture *f, size_t most)
{
	static char block[LINK_BLOCK_MAX + 1];
	size_t blocks = 0;
	int small = 4096;

	open_up(f);
	buf_reset(&f->server.in);
	assert_int_equal(setsockopt(link_fd(f->link, &(short){0}), SOL_SOCKET, SO_SNDBUF,
				 &small, sizeof(small)),
		0);
	f->server.deaf = true;
	memset(block, 'x', LINK_BLOCK_MAX);
	for (; blocks < most && link_writable(f->link); blocks++) {
		link_send(f->link, block, LINK_BLOCK_MAX);
		turn_if_ready(f);
		turn_if_ready(f);
	}
	f->server.deaf = false;
	for (int i = 0; i < 10000 && f->server.in.len < blocks * LINK_BLOCK_MAX; i++)
		turn_if_ready(f);
	assert_true(f->server.in.len >= blocks * LINK_BLOCK_MAX);
	assert_true(link_writable(f->link));
	link_send(f->link, "<end/>", 6);
	turn_until(f, was_sent_the_end);
	assert_true(blocks < 20);
}

static void a_block_written_in_part_is_finished(void **state)
{
	fill(*state, 1);
}

static void a_slow_server_fills_the_link_and_loses_nothing(void **state)
{
	fill(*state, 1000);
}

static void many_reconnects_leave_nothing_behind(void **state)
{
	struct link_fixture *f = *state;
	size_t open_before = 0;

	link_open(f->link, f->now);
	for (int i = 0; i < 200; i++) {
		DIR *dir;
		size_t open = 0;

		turn_until(f, is_up);
		link_send(f->link, "<presence/>", 11);
		fake_server_say(&f->server, "<message/>");
		turn_until(f, is_all_said);
		fake_server_drop(&f->server);
		turn_until(f, is_waiting);
		f->now = link_next_try(f->link);
		dir = opendir("/proc/self/fd");
		assert_non_null(dir);
		while (readdir(dir))
			open++;
		(void)closedir(dir);
		if (i == 0)
			open_before = open;
		assert_int_equal(open, open_before);
	}
	assert_int_equal(f->ups, 200);
	assert_int_equal(f->downs, 200);
	assert_int_equal(f->server.connections, 200);
}

/* select() could not count as far. */
static void a_descriptor_may_be_a_large_number(void **state)
{
	enum { SPARE = FD_SETSIZE + 8 };
	struct link_fixture *f = *state;
	static int spare[SPARE];
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < 2 * (rlim_t)FD_SETSIZE)
		skip();
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (size_t i = 0; i < SPARE; i++) {
		spare[i] = dup(f->server.listener);
		assert_true(spare[i] >= 0);
	}
	open_up(f);
	assert_true(link_fd(f->link, &(short){0}) >= FD_SETSIZE);
	link_send(f->link, "<end/>", 6);
	turn_until(f, was_sent_the_end);
	for (size_t i = 0; i < SPARE; i++)
		(void)close(spare[i]);
}

static void a_link_can_be_closed_in_every_state(void **state)
{
	struct link_fixture *f = *state;

	link_close(f->link);
	assert_true(is_idle(f));
	assert_int_equal(f->downs, 0);

	f->server.silent = true;
	link_open(f->link, f->now);
	turn_until(f, is_accepted);
	assert_int_equal(link_state(f->link), LINK_CONNECTING);
	link_close(f->link);
	turn(f);
	assert_true(is_idle(f));
	assert_int_equal(f->downs, 1);

	link_open(f->link, f->now);
	link_close(f->link);
	turn(f);
	assert_true(is_idle(f));
	assert_int_equal(f->downs, 2);

	make_link(f, "host.invalid", 1);
	link_open(f->link, f->now);
	turn(f);
	assert_int_equal(link_state(f->link), LINK_RESOLVING);
	link_close(f->link);
	turn(f);
	assert_true(is_idle(f));
	assert_int_equal(f->downs, 3);
}

static void a_server_that_does_not_take_leave_is_left(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	link_close(f->link);
	for (int i = 0; i < 3; i++)
		turn(f);
	assert_int_equal(link_state(f->link), LINK_CLOSING);
	f->now += 3000;
	turn(f);
	assert_true(is_idle(f));
	assert_int_equal(f->down, LINK_LOSS_CLOSED);
}

static void a_link_can_be_closed_from_within_an_event(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	f->close_on_stanza = true;
	fake_server_say(&f->server, "<message/><iq/>");
	turn_until(f, has_a_stanza);
	turn(f);
	assert_string_equal(buf_text(&f->stanzas), "message ");
	f->server.leaving = true;
	turn_until(f, is_idle);
	assert_int_equal(f->down, LINK_LOSS_CLOSED);
	link_open(f->link, f->now);
	turn_until(f, is_up);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINK_TEST(a_component_connects_sends_and_leaves),
		LINK_TEST(stanzas_come_byte_by_byte),
		LINK_TEST(stanzas_right_behind_the_handshake_follow_up),
		LINK_TEST(a_stanza_of_another_namespace_is_none),
		LINK_TEST(many_stanzas_are_read_in_bounded_shares),
		LINK_TEST(answers_to_pings_are_kept_from_the_rest),
		LINK_TEST(any_stanza_is_a_sign_of_life),
		LINK_TEST(a_block_written_in_part_is_finished),
		LINK_TEST(a_slow_server_fills_the_link_and_loses_nothing),
		LINK_TEST(many_reconnects_leave_nothing_behind),
		LINK_TEST(a_descriptor_may_be_a_large_number),
		LINK_TEST(a_link_can_be_closed_in_every_state),
		LINK_TEST(a_server_that_does_not_take_leave_is_left),
		LINK_TEST(a_link_can_be_closed_from_within_an_event),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
