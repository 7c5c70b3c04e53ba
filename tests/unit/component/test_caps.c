#include "component/xmpp/answer.h"

#include "test.h"

#include <string.h>

/* XEP-0115 section 5.2. */
static void the_example_of_the_specification_has_its_hash(void **state)
{
	static const char *const features[] = {
		"http://jabber.org/protocol/caps",
		"http://jabber.org/protocol/disco#info",
		"http://jabber.org/protocol/disco#items",
		"http://jabber.org/protocol/muc",
	};
	const struct caps exodus = {
		.category = "client",
		.type = "pc",
		.name = "Exodus 0.9.1",
		.features = features,
		.n_features = 4,
	};
	char version[CAPS_VERSION_SIZE];

	(void)state;
	assert_true(caps_version(&exodus, version));
	assert_string_equal(version, "QgayPKawpkPSDYmwT/WM94uAlu0=");
}

static void the_hash_is_that_of_what_we_answer(void **state)
{
	static const char *const features[] = {
		"http://jabber.org/protocol/caps",
		"http://jabber.org/protocol/disco#info",
		"http://jabber.org/protocol/disco#items",
		"jabber:iq:version",
		"urn:xmpp:ping",
	};
	const struct caps ours = {
		.category = "component",
		.type = "presence",
		.name = "calpresence",
		.features = features,
		.n_features = 5,
	};
	char version[CAPS_VERSION_SIZE];
	struct buf info;
	struct buf element;

	(void)state;
	buf_init(&info, 4096);
	buf_init(&element, 4096);
	caps_disco_info(&info);
	caps_element(&element);
	assert_string_equal(buf_text(&info),
		"<identity category='component' type='presence' name='calpresence'/>"
		"<feature var='http://jabber.org/protocol/caps'/>"
		"<feature var='http://jabber.org/protocol/disco#info'/>"
		"<feature var='http://jabber.org/protocol/disco#items'/>"
		"<feature var='jabber:iq:version'/><feature var='urn:xmpp:ping'/>");
	assert_true(caps_version(&ours, version));
	assert_non_null(strstr(buf_text(&element), version));
	buf_finish(&info);
	buf_finish(&element);
}

static void only_our_own_node_is_ours(void **state)
{
	struct buf element;
	char node[64] = "urn:calpresence#";
	const char *version;

	(void)state;
	buf_init(&element, 4096);
	caps_element(&element);
	version = strstr(buf_text(&element), "ver='") + 5;
	memcpy(node + strlen(node), version, CAPS_VERSION_SIZE - 1);
	assert_true(caps_node_is_ours(node));
	node[20] ^= 1;
	assert_false(caps_node_is_ours(node));
	assert_false(caps_node_is_ours("urn:calpresence"));
	assert_false(caps_node_is_ours(""));
	buf_finish(&element);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_specification_has_its_hash),
		cmocka_unit_test(the_hash_is_that_of_what_we_answer),
		cmocka_unit_test(only_our_own_node_is_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
