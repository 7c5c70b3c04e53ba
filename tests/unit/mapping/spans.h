#ifndef TESTS_UNIT_MAPPING_SPANS_H
#define TESTS_UNIT_MAPPING_SPANS_H

#include "mapping/agenda.h"

struct expected {
	int64_t start;
	enum cal_state state;
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define ALL_SHOWN (~0u)

/* Builds the agenda of events and compares its spans. */
static inline void expect_spans_of(unsigned shown, const struct cal_event *events,
	size_t n, int64_t from, int64_t to, const struct expected *expected,
	size_t n_expected)
{
	struct agenda agenda = {0};

	assert_int_equal(agenda_build(events, n, shown, from, to, &agenda), 0);
	assert_int_equal(agenda.from, from);
	assert_int_equal(agenda.to, to);
	assert_int_equal(agenda.n, n_expected);
	for (size_t i = 0; i < n_expected; i++) {
		assert_int_equal(agenda_span(&agenda, i).start, expected[i].start);
		assert_int_equal(agenda_span(&agenda, i).state, expected[i].state);
	}
	agenda_finish(&agenda);
}

/* Likewise, where presence shows every state. */
static inline void expect_spans(const struct cal_event *events, size_t n, int64_t from,
	int64_t to, const struct expected *expected, size_t n_expected)
{
	expect_spans_of(ALL_SHOWN, events, n, from, to, expected, n_expected);
}

#endif
