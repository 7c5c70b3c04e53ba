#include "component/engine_scene.h"
#include "component/presence/model.h"
#include "component/presence/servers.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

/* Whether a server lets us speak as its users. */

static const char two_domains[] =
	"domains = ( { im = \"example.test\"; mail = \"example.com\"; default = true; }, "
	"{ im = \"other.test\"; mail = \"other.com\"; } );\n";

static void one_untrusted_domain_leaves_the_other_its_mode(void **state)
{
	struct world world;
	const char *sent;
	const char *id;

	(void)state;
	world_begin_with(&world, two_domains, "modes = [ \"user\" ];");
	engine_link_up(world.engine);
	sent = world_sent(&world);
	id = strstr(sent, "from='example.test'");
	assert_non_null(id);
	id = strstr(id, "id='trust-");
	assert_non_null(id);
	world_feed(&world,
		"<presence " NS "from='example.test' to='" SELF "' id='%.*s'/>",
		(int)strcspn(id + 4, "'"), id + 4);
	world_pass(&world, 5000);
	world_down(&world, LINK_LOSS_SHUTDOWN);
	engine_link_up(world.engine);
	sent = world_sent(&world);
	assert_true(world_has_presence(sent, "example.test", SELF, "trust-"));
	/* It may have been slow. */
	assert_true(world_has_presence(sent, "other.test", SELF, "trust-"));
	world_end(&world);
}

static void a_slow_server_is_trusted_in_the_end(void **state)
{
	struct world world;
	char echo[256];
	const char *id;

	(void)state;
	world_begin(&world, USER_MODE);
	engine_link_up(world.engine);
	id = strstr(world_sent(&world), "id='trust-");
	assert_non_null(id);
	(void)snprintf(echo, sizeof(echo),
		"<presence " NS "from='example.test' to='" SELF "' id='%.*s'/>",
		(int)strcspn(id + 4, "'"), id + 4);
	assert_string_equal(server_trust_name(world.engine->servers), "probing");
	world_pass(&world, 6000);
	assert_string_equal(server_trust_name(world.engine->servers), "no");
	world_feed(&world, "%s", echo);
	assert_string_equal(server_trust_name(world.engine->servers), "yes");
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_untrusted_domain_leaves_the_other_its_mode),
		cmocka_unit_test(a_slow_server_is_trusted_in_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
