#include "mapping/agenda.h"
#include "mapping/rules.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Two rules whose conditions the flags of events meet now and then. */
static const struct cal_rule list[] = {
	{.states = 1u << CAL_BUSY | 1u << CAL_FREE,
		.looks = CAL_EVENT_ENTRY | CAL_EVENT_PRIVATE,
		.wants = CAL_EVENT_ENTRY,
		.any = {0, CAL_EVENT_WORD(0) | CAL_EVENT_WORD(1), 0},
		.as = CAL_OOF},
	{.states = RULE_STATES_ALL,
		.looks = CAL_EVENT_ALL_DAY,
		.wants = CAL_EVENT_ALL_DAY},
};
static const struct cal_rules rules = {2, list};

/* Where the bytes of an event, or of the window, run from and to. */
struct record {
	int64_t start;
	int64_t end;
	uint8_t state;
	uint8_t flags;
};

#define RECORD_SIZE (8 + 8 + 1 + 1)

/* The lowest bit of the last byte tells whether the instants are whole 64 bits or close
 * to each other, where they meet and overlap. */
static struct record read_record(const uint8_t *data)
{
	struct record record;

	memcpy(&record.start, data, sizeof(record.start));
	memcpy(&record.end, data + 8, sizeof(record.end));
	record.state = data[16];
	if (record.state & 1) {
		record.start %= 64;
		record.end %= 64;
	}
	record.state >>= 1;
	record.flags = data[17];
	return record;
}

/* Low bits are flags, two of the high ones are words, and all of it is an entry. */
static uint64_t flags_of(uint8_t byte)
{
	return (byte & 0x3f) | CAL_EVENT_ENTRY | (byte & 0x40 ? CAL_EVENT_WORD(0) : 0) |
	       (byte & 0x80 ? CAL_EVENT_WORD(2) : 0);
}

static void check_spans(const struct agenda *agenda)
{
	assert(agenda->n > 0 && agenda_span(agenda, 0).start == agenda->from);
	for (size_t i = 0; i < agenda->n; i++) {
		const struct agenda_span span = agenda_span(agenda, i);
		bool last = i + 1 == agenda->n;
		int64_t next = last ? agenda->to : agenda_span(agenda, i + 1).start;

		assert(span.start < next);
		assert(last || span.state != agenda_span(agenda, i + 1).state);
		assert(agenda_state(agenda, span.start) == span.state);
		assert(agenda_state(agenda, next - 1) == span.state);
		assert(agenda_next_edge(agenda, span.start) == next);
		assert(agenda_next_edge(agenda, next - 1) == next);
	}
	assert(agenda_state(agenda, agenda->to) == CAL_UNKNOWN);
	assert(agenda_next_edge(agenda, agenda->to) == AGENDA_NEVER);
}

static unsigned strength(unsigned shown, enum cal_state state)
{
	return state + (state != CAL_FREE && (shown & 1u << state) != 0 ? CAL_STATES : 0);
}

static unsigned strength_at(const struct agenda *agenda, unsigned shown, int64_t t)
{
	return strength(shown, agenda_state(agenda, t));
}

/* At its own ends an event is never covered by anything weaker. */
static void check_events(const struct agenda *agenda, unsigned shown,
	const struct cal_event *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct cal_event *event = &events[i];
		unsigned own = strength(shown, event->state);

		if (event->start >= event->end || (event->flags & CAL_EVENT_GONE) != 0)
			continue;
		if (event->start >= agenda->from && event->start < agenda->to)
			assert(strength_at(agenda, shown, event->start) >= own);
		if (event->end > agenda->from && event->end <= agenda->to)
			assert(strength_at(agenda, shown, event->end - 1) >= own);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cal_event events[EVENTS_MAX];
	struct agenda agenda = {0};
	size_t n = 0;

	if (size < RECORD_SIZE)
		return 0;
	const struct record window = read_record(data);
	if (window.start >= window.end)
		return 0;
	for (size_t at = RECORD_SIZE; size - at >= RECORD_SIZE && n < EVENTS_MAX;
		at += RECORD_SIZE) {
		const struct record record = read_record(data + at);

		events[n] = (struct cal_event){
			.start = record.start,
			.end = record.end,
			.state = (enum cal_state)(record.state % CAL_UNKNOWN),
			.flags = flags_of(record.flags),
		};
		(void)rules_decide(&rules, &events[n++]);
	}
	if (agenda_build(events, n, window.flags, window.start, window.end, &agenda) < 0)
		abort();
	check_spans(&agenda);
	check_events(&agenda, window.flags, events, n);
	agenda_finish(&agenda);
	return 0;
}
