#include "component/link_fixture.h"

#include <signal.h>
#include <string.h>

static void assert_refused(struct link_fixture *f, enum link_loss loss, const char *line)
{
	turn_until(f, is_waiting);
	assert_int_equal(link_last_loss(f->link), loss);
	assert_true(link_next_try(f->link) > f->now);
	assert_int_equal(f->ups, 0);
	assert_int_equal(f->downs, 0);
	assert_int_equal(count_log(f, line), 1);
	f->now = link_next_try(f->link) - 1;
	turn(f);
	assert_int_equal(link_state(f->link), LINK_WAITING);
	f->now++;
	turn(f);
	turn_until(f, is_waiting);
	assert_int_equal(count_log(f, line), 1);
}

static void a_wrong_secret_is_said_once(void **state)
{
	struct link_fixture *f = *state;

	assert_true(secret_set(&f->secret, "other", 5));
	make_link(f, "127.0.0.1", f->server.port);
	link_open(f->link, f->now);
	assert_refused(f, LINK_LOSS_SECRET,
		"the secret of component \"" FAKE_JID "\" differs from the server's");
	assert_int_equal(f->server.connections, 2);
	assert_int_equal(count_log(f, "other"), 0);
}

static void an_unknown_component_is_said_once(void **state)
{
	struct link_fixture *f = *state;

	f->server.refusal = "host-unknown";
	link_open(f->link, f->now);
	assert_refused(f, LINK_LOSS_HOST_UNKNOWN,
		"the server has no component \"" FAKE_JID "\"");
}

static void a_conflict_is_said_once(void **state)
{
	struct link_fixture *f = *state;

	f->server.refusal = "conflict";
	link_open(f->link, f->now);
	assert_refused(
		f, LINK_LOSS_CONFLICT, "component_conflict_resolve = \"kick_old\"");
}

static void a_server_that_hangs_up_is_tried_again(void **state)
{
	struct link_fixture *f = *state;

	f->server.refusal = "policy-violation";
	link_open(f->link, f->now);
	assert_refused(f, LINK_LOSS_OTHER, "condition=policy-violation");
}

static void nothing_listening_is_said_once(void **state)
{
	struct link_fixture *f = *state;
	unsigned short port = f->server.port;

	fake_server_stop(&f->server);
	make_link(f, "localhost", port);
	link_open(f->link, f->now);
	assert_refused(f, LINK_LOSS_REFUSED, "no server answers");
	fake_server_start(&f->server);
}

static void a_name_without_address_is_said_once(void **state)
{
	struct link_fixture *f = *state;

	make_link(f, "not a name", 1);
	link_open(f->link, f->now);
	turn(f);
	assert_int_equal(link_state(f->link), LINK_RESOLVING);
	assert_true(link_fd(f->link, &(short){0}) >= 0);
	assert_refused(f, LINK_LOSS_RESOLVE, "component.host has no address");
}

static void a_silent_server_is_given_up(void **state)
{
	struct link_fixture *f = *state;

	f->server.silent = true;
	link_open(f->link, f->now);
	turn_until(f, is_accepted);
	for (int i = 0; i < 3; i++)
		turn(f);
	assert_int_equal(link_state(f->link), LINK_CONNECTING);
	f->now += 10000;
	turn(f);
	assert_int_equal(link_state(f->link), LINK_WAITING);
	assert_int_equal(link_last_loss(f->link), LINK_LOSS_SILENT);
}

static void assert_lost(struct link_fixture *f, enum link_loss loss)
{
	turn_until(f, is_waiting);
	assert_int_equal(f->downs, 1);
	assert_int_equal(f->down, loss);
	assert_false(link_writable(f->link));
	f->now = link_next_try(f->link);
	turn_until(f, is_up);
	assert_int_equal(f->ups, 2);
	assert_int_equal(count_log(f, "connected to the server"), 2);
}

static void an_invalid_from_is_told_and_tried_again_soon(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	fake_server_refuse(&f->server, "invalid-from");
	turn_until(f, is_waiting);
	assert_in_range(link_next_try(f->link) - f->now, 1000, 2000);
	assert_int_equal(count_log(f, "does not let component"), 1);
	assert_lost(f, LINK_LOSS_INVALID_FROM);
}

static void what_servers_call_malformed_is_one_loss(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	fake_server_refuse(&f->server, "not-well-formed");
	assert_lost(f, LINK_LOSS_NOT_WELL_FORMED);
}

static void a_server_shutting_down_is_waited_for(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	fake_server_refuse(&f->server, "system-shutdown");
	assert_lost(f, LINK_LOSS_SHUTDOWN);
}

static void a_closed_connection_is_a_loss(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	fake_server_drop(&f->server);
	assert_lost(f, LINK_LOSS_OTHER);
}

static void a_stream_error_without_condition_is_a_loss(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	fake_server_say(&f->server, "<stream:error/></stream:stream>");
	f->server.leaving = true;
	assert_lost(f, LINK_LOSS_OTHER);
}

static void what_follows_the_end_of_the_stream_is_ignored(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	fake_server_say(&f->server, "<message/></stream:stream><iq/>");
	f->server.leaving = true;
	assert_lost(f, LINK_LOSS_OTHER);
	assert_string_equal(buf_text(&f->stanzas), "message ");
}

static bool is_gone(const struct link_fixture *f)
{
	return f->server.peer < 0;
}

/* RFC 6120 section 4.9: said once, in the stream and in the log. */
static void what_is_not_well_formed_ends_the_stream(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	fake_server_say(&f->server, "<presence></message><iq/>");
	turn_until(f, is_waiting);
	turn_until(f, is_gone);
	assert_non_null(strstr(buf_text(&f->server.in),
		"<stream:error><not-well-formed "
		"xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
		"</stream:stream>"));
	assert_int_equal(count_log(f, "what no XMPP stream may hold"), 1);
	assert_int_equal(f->stanzas.len, 0);
	assert_lost(f, LINK_LOSS_UNREADABLE);
}

static void a_document_type_ends_the_stream(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	fake_server_say(&f->server, "<!DOCTYPE a [<!ENTITY b 'c'>]><iq/>");
	turn_until(f, is_waiting);
	turn_until(f, is_gone);
	assert_non_null(strstr(buf_text(&f->server.in), "<restricted-xml "));
	assert_lost(f, LINK_LOSS_UNREADABLE);
}

/* Anybody can send such a stanza to the component. */
static void a_stanza_beyond_the_limits_costs_itself_alone(void **state)
{
	struct link_fixture *f = *state;

	open_up(f);
	for (int i = 0; i < 3; i++) {
		fake_server_say(&f->server, "<message>");
		for (int depth = 0; depth < 1000; depth++)
			fake_server_say(&f->server, "<a>");
		for (int depth = 0; depth < 1000; depth++)
			fake_server_say(&f->server, "</a>");
		fake_server_say(&f->server, "</message>");
	}
	fake_server_say(&f->server, "<iq/>");
	turn_until(f, has_a_stanza);
	assert_string_equal(buf_text(&f->stanzas), "iq ");
	assert_int_equal(link_dropped(f->link), 3);
	assert_int_equal(count_log(f, "was left out"), 1);
	assert_true(is_up(f));
	f->now += 60 * 60 * 1000;
	fake_server_say(&f->server, "<a:message/>");
	while (link_dropped(f->link) == 3)
		turn(f);
	assert_int_equal(count_log(f, "declared nowhere dropped=4"), 1);
}

static void unanswered_pings_end_the_stream(void **state)
{
	struct link_fixture *f = *state;
	int64_t since = f->now;

	open_up(f);
	while (is_up(f)) {
		f->now = link_deadline(f->link, f->now);
		turn(f);
	}
	assert_true(f->now - since == 180000);
	assert_true(was_pinged(f));
	fake_server_drop(&f->server);
	assert_lost(f, LINK_LOSS_SILENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINK_TEST(a_wrong_secret_is_said_once),
		LINK_TEST(an_unknown_component_is_said_once),
		LINK_TEST(a_conflict_is_said_once),
		LINK_TEST(a_server_that_hangs_up_is_tried_again),
		LINK_TEST(nothing_listening_is_said_once),
		LINK_TEST(a_name_without_address_is_said_once),
		LINK_TEST(a_silent_server_is_given_up),
		LINK_TEST(an_invalid_from_is_told_and_tried_again_soon),
		LINK_TEST(what_servers_call_malformed_is_one_loss),
		LINK_TEST(a_server_shutting_down_is_waited_for),
		LINK_TEST(a_closed_connection_is_a_loss),
		LINK_TEST(a_stream_error_without_condition_is_a_loss),
		LINK_TEST(what_follows_the_end_of_the_stream_is_ignored),
		LINK_TEST(what_is_not_well_formed_ends_the_stream),
		LINK_TEST(a_document_type_ends_the_stream),
		LINK_TEST(a_stanza_beyond_the_limits_costs_itself_alone),
		LINK_TEST(unanswered_pings_end_the_stream),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
