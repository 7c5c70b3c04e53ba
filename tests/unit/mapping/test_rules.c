#include "test.h"

#include "mapping/agenda.h"
#include "mapping/outcome.h"
#include "mapping/rules.h"

#define STATE(name) (1u << CAL_##name)
#define FOCUS CAL_EVENT_WORD(0)
#define TRAVEL CAL_EVENT_WORD(1)
#define BOSS CAL_EVENT_WORD(CAL_EVENT_WORDS_MAX - 1)

static enum cal_state state_by(
	const struct cal_rule *rule, enum cal_state state, uint64_t flags)
{
	const struct cal_rules rules = {1, rule};
	struct cal_event event = {1, 2, state, flags};

	(void)rules_decide(&rules, &event);
	return event.state;
}

static void a_rule_is_for_the_states_it_names(void **state)
{
	(void)state;
	const struct cal_rule rule = {
		.states = STATE(TENTATIVE) | STATE(FREE), .as = CAL_OOF};

	for (int s = CAL_FREE; s < CAL_UNKNOWN; s++) {
		enum cal_state own = (enum cal_state)s;
		bool named = own == CAL_FREE || own == CAL_TENTATIVE;

		assert_int_equal(state_by(&rule, own, 0), named ? CAL_OOF : own);
	}
}

static void a_flag_is_as_it_is_wanted(void **state)
{
	(void)state;
	const struct cal_rule all_day = {.states = RULE_STATES_ALL,
		.looks = CAL_EVENT_ENTRY | CAL_EVENT_ALL_DAY,
		.wants = CAL_EVENT_ENTRY | CAL_EVENT_ALL_DAY,
		.as = CAL_FREE};
	const struct cal_rule open = {.states = RULE_STATES_ALL,
		.looks = CAL_EVENT_ENTRY | CAL_EVENT_PRIVATE,
		.wants = CAL_EVENT_ENTRY,
		.as = CAL_FREE};
	const uint64_t entry = CAL_EVENT_ENTRY;

	assert_int_equal(
		state_by(&all_day, CAL_BUSY, entry | CAL_EVENT_ALL_DAY), CAL_FREE);
	assert_int_equal(state_by(&all_day, CAL_BUSY, entry), CAL_BUSY);
	assert_int_equal(state_by(&open, CAL_BUSY, entry | CAL_EVENT_MEETING), CAL_FREE);
	assert_int_equal(state_by(&open, CAL_BUSY, entry | CAL_EVENT_PRIVATE), CAL_BUSY);
}

static void what_free_busy_does_not_tell_fulfils_no_condition(void **state)
{
	(void)state;
	const struct cal_rule rule = {.states = RULE_STATES_ALL,
		.looks = CAL_EVENT_ENTRY | CAL_EVENT_MEETING,
		.wants = CAL_EVENT_ENTRY,
		.as = CAL_FREE};

	assert_int_equal(state_by(&rule, CAL_BUSY, 0), CAL_BUSY);
	assert_int_equal(state_by(&rule, CAL_BUSY, CAL_EVENT_ENTRY), CAL_FREE);
}

static void of_each_choice_one_is_enough_and_none_is_not(void **state)
{
	(void)state;
	const struct cal_rule rule = {.states = RULE_STATES_ALL,
		.any = {CAL_EVENT_TENTATIVE | CAL_EVENT_UNANSWERED, FOCUS | TRAVEL, BOSS},
		.as = CAL_ELSEWHERE};
	const uint64_t good = CAL_EVENT_UNANSWERED | TRAVEL | BOSS;

	assert_int_equal(state_by(&rule, CAL_BUSY, good), CAL_ELSEWHERE);
	assert_int_equal(state_by(&rule, CAL_BUSY, good | FOCUS), CAL_ELSEWHERE);
	assert_int_equal(state_by(&rule, CAL_BUSY, good & ~BOSS), CAL_BUSY);
	assert_int_equal(state_by(&rule, CAL_BUSY, good & ~TRAVEL), CAL_BUSY);
	assert_int_equal(
		state_by(&rule, CAL_BUSY, CAL_EVENT_ACCEPTED | TRAVEL | BOSS), CAL_BUSY);
}

static void the_first_rule_that_fits_decides(void **state)
{
	(void)state;
	const struct cal_rule list[] = {
		{.states = STATE(OOF), .as = CAL_TENTATIVE},
		{.states = RULE_STATES_ALL, .any = {FOCUS}, .as = CAL_FREE},
		{.states = STATE(BUSY) | STATE(TENTATIVE), .as = CAL_OOF},
	};
	const struct cal_rules rules = {3, list};
	struct cal_event focus = {1, 2, CAL_BUSY, FOCUS};
	struct cal_event other = {1, 2, CAL_BUSY, TRAVEL};
	struct cal_event away = {1, 2, CAL_OOF, FOCUS};
	struct cal_event plain = {1, 2, CAL_FREE, 0};

	assert_int_equal(rules_decide(&rules, &focus), 1);
	assert_int_equal(focus.state, CAL_FREE);
	assert_int_equal(rules_decide(&rules, &other), 2);
	assert_int_equal(other.state, CAL_OOF);
	assert_int_equal(rules_decide(&rules, &away), 0);
	assert_int_equal(away.state, CAL_TENTATIVE); // and no further
	assert_int_equal(rules_decide(&rules, &plain), rules.n);
	assert_int_equal(plain.state, CAL_FREE);
}

static void no_rule_brings_a_cancelled_meeting_back(void **state)
{
	(void)state;
	const struct cal_rule rule = {.states = RULE_STATES_ALL, .as = CAL_OOF};
	const struct cal_rules rules = {1, &rule};
	struct cal_outcome outcome;
	struct cal_event gone[] = {
		{1, 2, CAL_BUSY, CAL_EVENT_CANCELLED},
		{1, 2, CAL_FREE, CAL_EVENT_DECLINED},
		{2, 2, CAL_BUSY, 0},
	};

	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		(void)rules_decide(&rules, &gone[i]);
		assert_false(outcome_of(&gone[i], &outcome));
	}
}

static void rules_come_before_the_strongest_state(void **state)
{
	(void)state;
	const struct cal_rule list[] = {
		{.states = STATE(OOF), .as = CAL_FREE},
		{.states = STATE(FREE), .any = {TRAVEL}, .as = CAL_OOF},
	};
	const struct cal_rules rules = {2, list};
	struct cal_event events[] = {
		{0, 100, CAL_OOF, 0}, // counts as free: it hides nothing
		{20, 40, CAL_BUSY, 0},
		{30, 60, CAL_FREE, TRAVEL},
	};
	struct agenda agenda = {0};

	for (size_t i = 0; i < 3; i++)
		(void)rules_decide(&rules, &events[i]);
	assert_int_equal(agenda_build(events, 3, ~0u, 0, 100, &agenda), 0);
	assert_int_equal(agenda_state(&agenda, 10), CAL_FREE);
	assert_int_equal(agenda_state(&agenda, 20), CAL_BUSY);
	assert_int_equal(agenda_state(&agenda, 35), CAL_OOF);
	assert_int_equal(agenda_next_edge(&agenda, 35), 60);
	assert_int_equal(agenda_state(&agenda, 60), CAL_FREE);
	agenda_finish(&agenda);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_is_for_the_states_it_names),
		cmocka_unit_test(a_flag_is_as_it_is_wanted),
		cmocka_unit_test(what_free_busy_does_not_tell_fulfils_no_condition),
		cmocka_unit_test(of_each_choice_one_is_enough_and_none_is_not),
		cmocka_unit_test(the_first_rule_that_fits_decides),
		cmocka_unit_test(no_rule_brings_a_cancelled_meeting_back),
		cmocka_unit_test(rules_come_before_the_strongest_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
