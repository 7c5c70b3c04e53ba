#include "gateway/auth/claims.h"

#include "test.h"

#include <string.h>

#define CHALLENGE(claims)                                                   \
	"Bearer realm=\"\", authorization_uri=\"https://login.example/\", " \
	"error=\"insufficient_claims\", claims=\"" claims "\""

static void what_the_next_token_has_to_say_is_taken(void **state)
{
	char claims[CLAIMS_MAX];
	(void)state;
	assert_true(claims_take(
		CHALLENGE("eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdW"
			  "UiOiIxNzk2MDgzMjAwIn19fQ=="),
		claims));
	assert_string_equal(claims, "{\"access_token\":{\"nbf\":{\"essential\":true,"
				    "\"value\":\"1796083200\"}}}");
	assert_true(claims_take(CHALLENGE("e30="), claims));
	assert_string_equal(claims, "{}");
}

static void what_makes_no_sense_is_none(void **state)
{
	static const char *const challenges[] = {
		"",
		"Bearer realm=\"\"",
		"Bearer error=\"insufficient_claims\"",
		"Bearer error=\"insufficient_claims\", claims=\"",
		"Bearer claims=\"e30=\"", // of what error it is is not said
		CHALLENGE(""),
		CHALLENGE("e30"),
		CHALLENGE("===="),
		CHALLENGE("!!!!"),
		CHALLENGE("W10="),     // []
		CHALLENGE("bnVsbA=="), // null
		CHALLENGE("e30AAAA="), // a NUL behind it
		CHALLENGE("AAAA"),
	};
	char claims[CLAIMS_MAX];
	char big[2 * CLAIMS_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof challenges / sizeof *challenges; i++)
		if (claims_take(challenges[i], claims))
			fail_msg("%s: %s", challenges[i], claims);
	memset(big, 'e', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	memcpy(big, "insufficient_claims claims=\"", 28);
	assert_false(claims_take(big, claims));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_next_token_has_to_say_is_taken),
		cmocka_unit_test(what_makes_no_sense_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
