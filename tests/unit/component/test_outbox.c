#include "component/xmpp/outbox.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct names names;
	struct outbox *outbox;
	struct name *alice;
	struct name *bob;
	struct name *carol;
	struct buf out;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	names_init(&f->names);
	f->outbox = outbox_create(&f->names, "cal");
	assert_non_null(f->outbox);
	f->alice = names_get(&f->names, "alice@x");
	f->bob = names_get(&f->names, "bob@x");
	f->carol = names_get(&f->names, "carol@x");
	buf_init(&f->out, (size_t)64 * 1024 * 1024);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	outbox_destroy(f->outbox);
	names_put(&f->names, f->alice);
	names_put(&f->names, f->bob);
	names_put(&f->names, f->carol);
	names_finish(&f->names);
	buf_finish(&f->out);
	free(f);
	return 0;
}

static void say(struct fixture *f, struct name *from, struct name *to, const char *xml)
{
	struct body *body = body_create(!*xml, xml, strlen(xml));

	assert_non_null(body);
	assert_true(outbox_availability(f->outbox, from, to, body));
	body_put(body);
}

static void send(struct fixture *f, struct name *from, struct name *to, const char *text)
{
	assert_true(outbox_stanza(f->outbox, from, to, text, strlen(text)));
}

static void assert_taken(struct fixture *f, const char *expected)
{
	buf_reset(&f->out);
	(void)outbox_take(f->outbox, &f->out, OUTBOX_STANZA_MAX);
	assert_string_equal(buf_text(&f->out), expected);
	assert_int_equal(outbox_length(f->outbox), 0);
}

static void an_empty_outbox_gives_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(outbox_take(f->outbox, &f->out, OUTBOX_STANZA_MAX), 0);
	assert_taken(f, "");
	assert_string_equal(outbox_id(f->outbox), "cal");
}

static void an_availability_is_rendered_with_our_id(void **state)
{
	struct fixture *f = *state;
	struct name *odd = names_get(&f->names, "o'neil&co@x/\"<");

	say(f, odd, f->bob, "<show>dnd</show>");
	say(f, f->alice, f->bob, "");
	names_put(&f->names, odd);
	assert_taken(f,
		"<presence from='o&apos;neil&amp;co@x/&quot;&lt;' to='bob@x' id='cal'>"
		"<show>dnd</show></presence>"
		"<presence type='unavailable' from='alice@x' to='bob@x' "
		"id='cal'></presence>");
	assert_int_equal(outbox_taken(f->outbox), 2);
}

static void the_latest_availability_of_a_pair_wins_in_the_old_place(void **state)
{
	struct fixture *f = *state;

	say(f, f->alice, f->bob, "1");
	say(f, f->alice, f->carol, "2");
	say(f, f->bob, f->alice, "3");
	say(f, f->alice, f->bob, "4");
	assert_int_equal(outbox_length(f->outbox), 3);
	assert_int_equal(outbox_merged(f->outbox), 1);
	assert_taken(f, "<presence from='alice@x' to='bob@x' id='cal'>4</presence>"
			"<presence from='alice@x' to='carol@x' id='cal'>2</presence>"
			"<presence from='bob@x' to='alice@x' id='cal'>3</presence>");
	say(f, f->alice, f->bob, "5");
	assert_taken(f, "<presence from='alice@x' to='bob@x' id='cal'>5</presence>");
}

static void an_availability_never_overtakes_a_stanza_of_its_pair(void **state)
{
	struct fixture *f = *state;

	say(f, f->alice, f->bob, "1");
	send(f, f->alice, f->bob, "<subscribed/>");
	send(f, NULL, NULL, "<iq/>");
	say(f, f->alice, f->bob, "2");
	say(f, f->alice, f->bob, "3");
	assert_taken(f, "<subscribed/><iq/>"
			"<presence from='alice@x' to='bob@x' id='cal'>3</presence>");
}

static void an_availability_never_overtakes_one_to_a_client_of_his(void **state)
{
	struct fixture *f = *state;
	struct name *home = names_get(&f->names, "bob@x/home");

	say(f, f->alice, f->bob, "1");
	say(f, f->alice, home, "2");
	say(f, f->alice, f->carol, "3");
	say(f, f->alice, f->bob, "4");
	names_put(&f->names, home);
	assert_taken(f, "<presence from='alice@x' to='bob@x/home' id='cal'>2</presence>"
			"<presence from='alice@x' to='carol@x' id='cal'>3</presence>"
			"<presence from='alice@x' to='bob@x' id='cal'>4</presence>");
}

static void a_stanza_of_another_pair_holds_nothing_up(void **state)
{
	struct fixture *f = *state;

	say(f, f->alice, f->bob, "1");
	send(f, f->bob, f->alice, "<a/>");
	send(f, f->alice, f->carol, "<b/>");
	send(f, NULL, NULL, "<iq/>");
	say(f, f->alice, f->bob, "2");
	assert_taken(f, "<presence from='alice@x' to='bob@x' id='cal'>2</presence>"
			"<a/><b/><iq/>");
}

static void a_stanza_behind_leaves_a_waiting_availability_where_it_is(void **state)
{
	struct fixture *f = *state;

	say(f, f->alice, f->bob, "");
	send(f, f->alice, f->bob, "<unsubscribed/>");
	assert_taken(f, "<presence type='unavailable' from='alice@x' to='bob@x' id='cal'>"
			"</presence><unsubscribed/>");
}

static void taking_ends_before_the_stanza_that_does_not_fit(void **state)
{
	struct fixture *f = *state;

	send(f, NULL, NULL, "<a/>");
	send(f, NULL, NULL, "<b/>");
	send(f, NULL, NULL, "<c/>");
	assert_int_equal(outbox_take(f->outbox, &f->out, 3), 0);
	assert_int_equal(outbox_take(f->outbox, &f->out, 8), 2);
	assert_string_equal(buf_text(&f->out), "<a/><b/>");
	assert_int_equal(outbox_take(f->outbox, &f->out, 7), 1);
	assert_string_equal(buf_text(&f->out), "<a/><b/><c/>");
}

static void a_full_buffer_loses_no_stanza(void **state)
{
	struct fixture *f = *state;
	struct buf small;

	buf_init(&small, 6);
	send(f, NULL, NULL, "<a/>");
	say(f, f->alice, f->bob, "1");
	assert_int_equal(outbox_take(f->outbox, &small, OUTBOX_STANZA_MAX), 1);
	assert_string_equal(buf_text(&small), "<a/>");
	assert_false(small.failed);
	buf_finish(&small);
	assert_taken(f, "<presence from='alice@x' to='bob@x' id='cal'>1</presence>");
}

static void stanzas_are_bounded_in_number_and_length(void **state)
{
	struct fixture *f = *state;
	static char text[OUTBOX_STANZA_MAX + 1];

	memset(text, 'x', sizeof(text));
	assert_false(outbox_stanza(f->outbox, NULL, NULL, text, OUTBOX_STANZA_MAX + 1));
	for (int i = 0; i < OUTBOX_BYTES_MAX / OUTBOX_STANZA_MAX; i++)
		assert_true(
			outbox_stanza(f->outbox, NULL, NULL, text, OUTBOX_STANZA_MAX));
	assert_false(outbox_stanza(f->outbox, NULL, NULL, text, 1));
	assert_int_equal(outbox_take(f->outbox, &f->out, OUTBOX_STANZA_MAX), 1);
	assert_true(outbox_stanza(f->outbox, NULL, NULL, text, 1));
	outbox_clear(f->outbox);
	for (int i = 0; i < OUTBOX_STANZAS_MAX; i++)
		assert_true(outbox_stanza(f->outbox, NULL, NULL, text, 1));
	assert_false(outbox_stanza(f->outbox, NULL, NULL, text, 1));
	say(f, f->alice, f->bob, "1");
	assert_int_equal(outbox_length(f->outbox), OUTBOX_STANZAS_MAX + 1);
}

static void an_availability_that_could_not_leave_is_refused(void **state)
{
	struct fixture *f = *state;
	static char xml[OUTBOX_STANZA_MAX];
	struct body *body = body_create(false, xml, sizeof(xml));

	assert_non_null(body);
	say(f, f->alice, f->bob, "1");
	assert_false(outbox_availability(f->outbox, f->alice, f->bob, body));
	body_put(body);
	assert_taken(f, "<presence from='alice@x' to='bob@x' id='cal'>1</presence>");
}

static void clearing_drops_everything(void **state)
{
	struct fixture *f = *state;

	say(f, f->alice, f->bob, "1");
	send(f, f->alice, f->bob, "<a/>");
	outbox_clear(f->outbox);
	assert_taken(f, "");
	say(f, f->alice, f->bob, "2");
	assert_taken(f, "<presence from='alice@x' to='bob@x' id='cal'>2</presence>");
}

static void thousands_of_pairs_leave_in_order_in_blocks(void **state)
{
	struct fixture *f = *state;
	struct body *body = body_create(false, "<show>dnd</show>", 16);
	size_t n = 0;
	size_t blocks = 0;

	assert_non_null(body);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 15000; i++) {
			char text[32];
			struct name *name;

			(void)snprintf(text, sizeof(text), "user%d@x", i);
			name = names_get(&f->names, text);
			assert_true(outbox_availability(f->outbox, name, f->bob, body));
			names_put(&f->names, name);
		}
	}
	body_put(body);
	assert_int_equal(outbox_length(f->outbox), 15000);
	assert_int_equal(outbox_merged(f->outbox), 15000);
	while (outbox_length(f->outbox) > 0) {
		buf_reset(&f->out);
		n += outbox_take(f->outbox, &f->out, OUTBOX_STANZA_MAX);
		assert_true(f->out.len <= OUTBOX_STANZA_MAX);
		blocks++;
	}
	assert_int_equal(n, 15000);
	assert_in_range(blocks, 15000 * 70 / OUTBOX_STANZA_MAX, 40);
	assert_non_null(strstr(buf_text(&f->out), "from='user14999@x'"));
}

static void bodies_are_equal_by_what_they_say(void **state)
{
	struct body *a = body_create(false, "<a/>", 4);
	struct body *b = body_create(false, "<a/>", 4);
	struct body *c = body_create(true, "<a/>", 4);
	struct body *d = body_create(false, "<b/>", 4);
	struct body *e = body_create(false, NULL, 0);

	(void)state;
	assert_true(body_equal(a, a));
	assert_true(body_equal(a, b));
	assert_false(body_equal(a, c));
	assert_false(body_equal(a, d));
	assert_false(body_equal(a, e));
	assert_false(body_equal(a, NULL));
	assert_true(body_equal(NULL, NULL));
	body_put(body_ref(a));
	body_put(a);
	body_put(b);
	body_put(c);
	body_put(d);
	body_put(e);
	body_put(NULL);
}

static void it_has_room_until_enough_wait(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < OUTBOX_FULL; i++) {
		char jid[32];
		struct name *to;

		assert_true(outbox_has_room(f->outbox));
		(void)snprintf(jid, sizeof(jid), "u%d@x", i);
		to = names_get(&f->names, jid);
		say(f, f->alice, to, "<a/>");
		say(f, f->alice, to, "<b/>");
		names_put(&f->names, to);
	}
	assert_false(outbox_has_room(f->outbox));
	assert_true(outbox_take(f->outbox, &f->out, OUTBOX_STANZA_MAX) > 0);
	assert_true(outbox_has_room(f->outbox));
}

#define OUTBOX_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OUTBOX_TEST(an_empty_outbox_gives_nothing),
		OUTBOX_TEST(an_availability_is_rendered_with_our_id),
		OUTBOX_TEST(the_latest_availability_of_a_pair_wins_in_the_old_place),
		OUTBOX_TEST(an_availability_never_overtakes_a_stanza_of_its_pair),
		OUTBOX_TEST(an_availability_never_overtakes_one_to_a_client_of_his),
		OUTBOX_TEST(a_stanza_of_another_pair_holds_nothing_up),
		OUTBOX_TEST(a_stanza_behind_leaves_a_waiting_availability_where_it_is),
		OUTBOX_TEST(taking_ends_before_the_stanza_that_does_not_fit),
		OUTBOX_TEST(a_full_buffer_loses_no_stanza),
		OUTBOX_TEST(stanzas_are_bounded_in_number_and_length),
		OUTBOX_TEST(an_availability_that_could_not_leave_is_refused),
		OUTBOX_TEST(it_has_room_until_enough_wait),
		OUTBOX_TEST(clearing_drops_everything),
		OUTBOX_TEST(thousands_of_pairs_leave_in_order_in_blocks),
		cmocka_unit_test(bodies_are_equal_by_what_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
