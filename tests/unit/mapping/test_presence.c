#include "test.h"

#include "mapping/presence.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct status_text own_texts[] = {{"", "coding"}, {"de", "am Werk"}};
static const struct status own_status = {2, own_texts};
static const struct status_text busy_texts[] = {{"", "In a meeting"}};
static const struct status_text oof_texts[] = {{"", "Out of office"}};

/* The map that applies where the configuration has none. */
static const struct overlay busy = {
	.active = true,
	.show = SHOW_DND,
	.status = {1, busy_texts},
};
static const struct overlay oof = {
	.active = true,
	.show = SHOW_AWAY,
	.status = {1, oof_texts},
};
static const struct overlay not_named = {0};

struct row {
	enum show own;
	enum show seen;
	const struct status_text *texts; // whose status is seen
};

static void expect_rows(const struct overlay *overlay, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct presence own = {rows[i].own, own_status};
		struct presence seen = overlay_apply(overlay, own);

		assert_int_equal(seen.show, rows[i].seen);
		assert_ptr_equal(seen.status.texts, rows[i].texts);
	}
}

static void a_state_that_is_not_named_leaves_presence_alone(void **state)
{
	(void)state;
	const struct row rows[] = {
		{SHOW_OFFLINE, SHOW_OFFLINE, own_texts},
		{SHOW_AVAILABLE, SHOW_AVAILABLE, own_texts},
		{SHOW_CHAT, SHOW_CHAT, own_texts},
		{SHOW_AWAY, SHOW_AWAY, own_texts},
		{SHOW_XA, SHOW_XA, own_texts},
		{SHOW_DND, SHOW_DND, own_texts},
	};

	expect_rows(&not_named, rows, LENGTH(rows));
	expect_rows(NULL, rows, LENGTH(rows));
}

static void busy_is_dnd_in_a_meeting(void **state)
{
	(void)state;
	const struct row rows[] = {
		{SHOW_OFFLINE, SHOW_OFFLINE, own_texts},
		{SHOW_AVAILABLE, SHOW_DND, busy_texts},
		{SHOW_CHAT, SHOW_DND, busy_texts},
		{SHOW_AWAY, SHOW_DND, busy_texts},
		{SHOW_XA, SHOW_DND, busy_texts},
		{SHOW_DND, SHOW_DND, own_texts},
	};

	expect_rows(&busy, rows, LENGTH(rows));
}

static void out_of_office_is_away_but_never_more_reachable(void **state)
{
	(void)state;
	const struct row rows[] = {
		{SHOW_OFFLINE, SHOW_OFFLINE, own_texts},
		{SHOW_AVAILABLE, SHOW_AWAY, oof_texts},
		{SHOW_CHAT, SHOW_AWAY, oof_texts},
		{SHOW_AWAY, SHOW_AWAY, oof_texts},
		{SHOW_XA, SHOW_XA, oof_texts},
		{SHOW_DND, SHOW_DND, own_texts},
	};

	expect_rows(&oof, rows, LENGTH(rows));
}

static void show_keep_replaces_the_status_alone(void **state)
{
	(void)state;
	const struct overlay keep = {
		.active = true,
		.keep_show = true,
		.show = SHOW_DND,
		.status = {1, busy_texts},
	};
	const struct row rows[] = {
		{SHOW_OFFLINE, SHOW_OFFLINE, own_texts},
		{SHOW_AVAILABLE, SHOW_AVAILABLE, busy_texts},
		{SHOW_CHAT, SHOW_CHAT, busy_texts},
		{SHOW_AWAY, SHOW_AWAY, busy_texts},
		{SHOW_XA, SHOW_XA, busy_texts},
		{SHOW_DND, SHOW_DND, own_texts},
	};

	expect_rows(&keep, rows, LENGTH(rows));
}

static void no_overlay_makes_anyone_more_reachable(void **state)
{
	(void)state;
	for (int show = SHOW_CHAT; show <= SHOW_DND; show++) {
		for (int own = SHOW_CHAT; own <= SHOW_OFFLINE; own++) {
			const struct overlay overlay = {
				.active = true,
				.show = (enum show)show,
			};
			const struct presence mine = {(enum show)own, own_status};

			assert_true(overlay_apply(&overlay, mine).show >= mine.show);
		}
	}
}

static void shown_are_the_states_with_an_active_overlay(void **state)
{
	(void)state;
	const struct overlay_map none = {0};
	const struct overlay_map map = {
		.of = {[CAL_BUSY] = busy, [CAL_OOF] = oof, [CAL_TENTATIVE] = not_named}};

	assert_int_equal(overlay_map_shown(&none), 0);
	assert_int_equal(overlay_map_shown(&map), 1u << CAL_BUSY | 1u << CAL_OOF);
}

static void a_person_without_resources_is_nobody(void **state)
{
	(void)state;
	assert_true(presence_pick(NULL, 0) == PRESENCE_NONE);
}

static void negative_priority_and_offline_never_stand_for_the_person(void **state)
{
	(void)state;
	const struct presence_rank ranks[] = {
		{-1, SHOW_CHAT, 9},
		{-128, SHOW_AVAILABLE, 9},
		{127, SHOW_OFFLINE, 9},
	};

	assert_true(presence_pick(ranks, LENGTH(ranks)) == PRESENCE_NONE);
}

static void priority_goes_before_reachability(void **state)
{
	(void)state;
	const struct presence_rank ranks[] = {
		{4, SHOW_CHAT, 9},
		{5, SHOW_DND, 1},
		{-1, SHOW_CHAT, 9},
	};

	assert_int_equal(presence_pick(ranks, LENGTH(ranks)), 1);
}

static void reachability_goes_before_the_latest_change(void **state)
{
	(void)state;
	const struct presence_rank ranks[] = {
		{0, SHOW_XA, 3},
		{0, SHOW_AWAY, 1},
		{0, SHOW_DND, 9},
	};

	assert_int_equal(presence_pick(ranks, LENGTH(ranks)), 1);
}

static void the_latest_change_decides_between_equals(void **state)
{
	(void)state;
	const struct presence_rank ranks[] = {
		{0, SHOW_AWAY, INT64_MIN},
		{0, SHOW_AWAY, 8},
		{0, SHOW_AWAY, 7},
	};

	assert_int_equal(presence_pick(ranks, LENGTH(ranks)), 1);
}

static void the_first_of_full_equals_is_picked(void **state)
{
	(void)state;
	const struct presence_rank ranks[] = {
		{0, SHOW_OFFLINE, 5},
		{0, SHOW_AWAY, 5},
		{0, SHOW_AWAY, 5},
	};

	assert_int_equal(presence_pick(ranks, LENGTH(ranks)), 1);
}

static void show_elements_go_there_and_back(void **state)
{
	(void)state;
	assert_null(show_element(SHOW_AVAILABLE));
	assert_null(show_element(SHOW_OFFLINE));
	const enum show sent[] = {SHOW_CHAT, SHOW_AWAY, SHOW_XA, SHOW_DND};

	for (size_t i = 0; i < LENGTH(sent); i++)
		assert_int_equal(show_from_element(show_element(sent[i])), sent[i]);
	assert_string_equal(show_element(SHOW_XA), "xa");
}

static void an_unknown_show_is_available(void **state)
{
	(void)state;
	const char *texts[] = {"", "available", "offline", "AWAY", "away ", "busy"};

	for (size_t i = 0; i < LENGTH(texts); i++)
		assert_int_equal(show_from_element(texts[i]), SHOW_AVAILABLE);
}

static void every_show_has_a_name_for_people(void **state)
{
	(void)state;
	const char *names[] = {"chat", "available", "away", "xa", "dnd", "offline"};

	for (size_t i = 0; i < LENGTH(names); i++)
		assert_string_equal(show_name((enum show)i), names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_that_is_not_named_leaves_presence_alone),
		cmocka_unit_test(busy_is_dnd_in_a_meeting),
		cmocka_unit_test(out_of_office_is_away_but_never_more_reachable),
		cmocka_unit_test(show_keep_replaces_the_status_alone),
		cmocka_unit_test(no_overlay_makes_anyone_more_reachable),
		cmocka_unit_test(shown_are_the_states_with_an_active_overlay),
		cmocka_unit_test(a_person_without_resources_is_nobody),
		cmocka_unit_test(
			negative_priority_and_offline_never_stand_for_the_person),
		cmocka_unit_test(priority_goes_before_reachability),
		cmocka_unit_test(reachability_goes_before_the_latest_change),
		cmocka_unit_test(the_latest_change_decides_between_equals),
		cmocka_unit_test(the_first_of_full_equals_is_picked),
		cmocka_unit_test(show_elements_go_there_and_back),
		cmocka_unit_test(an_unknown_show_is_available),
		cmocka_unit_test(every_show_has_a_name_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
