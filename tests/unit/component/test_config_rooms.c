#include "test.h"

#include "config_files.h"

/* Users without a JID: rooms. */

static const char *room(const struct config *config, const char *jid)
{
	const struct config_user *user = config_room_for(config, jid);

	return user ? user->name : NULL;
}

static void a_room_has_an_address_a_mailbox_and_a_name(void **state)
{
	(void)state;
	struct config_mailbox mailbox;
	struct config *config = load_good(MINIMAL
		"users = ( { mailbox = \"Room1@example.com\"; name = \"Room 1\"; },"
		" { mailbox = \"b'hall@example.com\"; name = \"With a quote\"; },"
		" { jid = \"bob@example.test\"; mailbox = \"bob@example.com\"; },"
		" { mailbox = \"hall@c.org\"; name = \"Hall\"; gateway = \"hq\"; } );");

	assert_int_equal(config->n_users, 1);
	assert_int_equal(config->n_rooms, 3);
	assert_int_equal(config->n_served, 1);
	assert_string_equal(room(config, "room1@meet.example.test"), "Room 1");
	assert_string_equal(room(config, "b\\27hall@meet.example.test"), "With a quote");
	assert_string_equal(room(config, "hall\\40c.org@meet.example.test"), "Hall");
	assert_null(room(config, "hall@meet.example.test"));
	assert_null(room(config, "bob@example.test"));
	assert_true(
		config_mailbox_for(config, "hall\\40c.org@meet.example.test", &mailbox));
	assert_string_equal(mailbox.address, "hall@c.org");
	assert_string_equal(mailbox.gateway, "hq");
	assert_false(config_mailbox_for(config, "hall@meet.example.test", &mailbox));
	config_free(config);
}

static void a_room_needs_a_name_and_a_person_has_none(void **state)
{
	(void)state;
	expect_error(MINIMAL "users = ( { mailbox = \"room1@example.com\"; } );",
		"test.conf:4: the user \"room1@example.com\" needs a jid, or a name if "
		"it is a room");
	expect_error(MINIMAL "users = ( { jid = \"bob@example.test\"; mailbox = "
			     "\"bob@example.com\"; name = \"Bob\"; } );",
		"test.conf:4: the user \"bob@example.test\" has a name: that is for "
		"rooms, which have no jid");
}

static void no_two_have_one_address(void **state)
{
	(void)state;
	expect_error(MINIMAL
		"users = ( { mailbox = \"room1@example.com\"; name = \"1\"; },\n"
		"{ mailbox = \"ROOM1@example.com\"; name = \"one\"; } );",
		"test.conf:5: the room \"room1@meet.example.test\" is there twice, first "
		"at test.conf:4");
	expect_error(MINIMAL
		"users = ( { mailbox = \"room1@example.com\"; name = \"1\"; },\n"
		"{ jid = \"room1@example.test\"; mailbox = \"r@example.com\"; } );",
		"test.conf:5: the user \"room1@example.test\" has the address "
		"\"room1@meet.example.test\", and so has the room at test.conf:4");
	expect_error(MINIMAL
		"users = ( { jid = \"hall@c.org\"; mailbox = \"h@example.com\"; },\n"
		"{ mailbox = \"hall@c.org\"; name = \"Hall\"; } );",
		"test.conf:4: the user \"hall@c.org\" has the address "
		"\"hall\\40c.org@meet.example.test\", and so has the room at "
		"test.conf:5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_room_has_an_address_a_mailbox_and_a_name),
		cmocka_unit_test(a_room_needs_a_name_and_a_person_has_none),
		cmocka_unit_test(no_two_have_one_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
