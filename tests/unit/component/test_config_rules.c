#include "test.h"

#include "config_files.h"

/* What becomes of the list of rules. */

#define READING                                                                   \
	"component = { jid = \"meet.example.test\"; secret = \"s\"; };\n"         \
	"gateways = ( { name = \"hq\"; url = \"https://mail.example.com/EWS/E\";" \
	" username = \"u\"; password = \"p\"; impersonate = true; } );\n"         \
	"domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n"

static void without_rules_nothing_is_looked_for(void **state)
{
	(void)state;
	const char *const texts[] = {READING, READING "rules = ( );"};

	for (size_t i = 0; i < 2; i++) {
		struct config *config = load_good(texts[i]);

		assert_int_equal(config->rules.n, 0);
		assert_string_equal(config->rule_words, "");
		assert_false(config->rules_need_entries);
		config_free(config);
	}
}

static void a_state_alone_takes_no_entries(void **state)
{
	(void)state;
	struct config *config = load_good(MINIMAL
		"rules = ( { state = \"oof\"; as = \"busy\"; },"
		" { state = [ \"free\", \"elsewhere\" ]; as = \"tentative\"; } );");

	assert_int_equal(config->rules.n, 2);
	assert_int_equal(config->rules.of[0].states, 1 << CAL_OOF);
	assert_int_equal(config->rules.of[0].as, CAL_BUSY);
	assert_int_equal(config->rules.of[0].looks, 0);
	assert_int_equal(config->rules.of[1].states, 1 << CAL_FREE | 1 << CAL_ELSEWHERE);
	assert_int_equal(config->rules.of[1].as, CAL_TENTATIVE);
	assert_false(config->rules_need_entries);
	config_free(config);
}

static void conditions_become_flags(void **state)
{
	(void)state;
	struct config *config = load_good(
		READING "rules = ( { all_day = true; private = false; as = \"free\"; },"
			" { response = ( \"accept\", \"none\" ); as = \"busy\"; },"
			" { meeting = true; recurring = true; as = \"busy\"; } );");
	const struct cal_rule *rules = config->rules.of;

	assert_int_equal(config->rules.n, 3);
	assert_true(config->rules_need_entries);
	assert_int_equal(rules[0].states, RULE_STATES_ALL);
	assert_int_equal(
		rules[0].looks, CAL_EVENT_ENTRY | CAL_EVENT_ALL_DAY | CAL_EVENT_PRIVATE);
	assert_int_equal(rules[0].wants, CAL_EVENT_ENTRY | CAL_EVENT_ALL_DAY);
	assert_int_equal(rules[1].any[0], CAL_EVENT_ACCEPTED | CAL_EVENT_UNANSWERED);
	assert_int_equal(rules[1].wants, CAL_EVENT_ENTRY);
	assert_int_equal(rules[2].wants,
		CAL_EVENT_ENTRY | CAL_EVENT_MEETING | CAL_EVENT_RECURRING);
	config_free(config);
}

static void words_have_numbers_in_the_order_in_which_they_are_named(void **state)
{
	(void)state;
	struct config *config = load_good(READING
		"rules = ( { category = [ \"Focus\", \"Travel\" ]; as = \"free\"; },"
		" { organizer = \"Focus\"; category = \"travel\"; as = \"oof\"; } );");
	const struct cal_rule *rules = config->rules.of;

	assert_string_equal(config->rule_words, "cFocus\ncTravel\noFocus\n");
	assert_int_equal(rules[0].any[1], CAL_EVENT_WORD(0) | CAL_EVENT_WORD(1));
	assert_int_equal(rules[0].any[2], 0);
	assert_int_equal(rules[1].any[1], CAL_EVENT_WORD(1));
	assert_int_equal(rules[1].any[2], CAL_EVENT_WORD(2));
	config_free(config);
}

static void somebody_has_to_be_able_to_read_entries(void **state)
{
	(void)state;
	expect_error(MINIMAL "rules = ( { state = \"oof\"; as = \"busy\"; },"
			     " { category = \"Focus\"; as = \"free\"; },"
			     " { all_day = true; as = \"free\"; } );",
		"test.conf:4: rules look at more than the state, which takes a gateway "
		"with impersonate = true");
}

static void a_word_has_no_blanks_around_it(void **state)
{
	(void)state;
	expect_error(READING "rules = ( { category = \"Focus \"; as = \"free\"; } );",
		"test.conf:4: rules[].category begins or ends with a blank");
	expect_error(READING "rules = ( { organizer = [ \" \" ]; as = \"free\"; } );",
		"test.conf:4: rules[].organizer[] is empty");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_rules_nothing_is_looked_for),
		cmocka_unit_test(a_state_alone_takes_no_entries),
		cmocka_unit_test(conditions_become_flags),
		cmocka_unit_test(words_have_numbers_in_the_order_in_which_they_are_named),
		cmocka_unit_test(somebody_has_to_be_able_to_read_entries),
		cmocka_unit_test(a_word_has_no_blanks_around_it),
	};

	return cmocka_run_group_tests_name("config rules", tests, NULL, NULL);
}
