#include "component/calendars/calendar.h"

#include "base/buf.h"
#include "base/parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What the store keeps of a reading: whether entries were wanted, the terms that were
 * looked for, from, to, count, then start, end, busy, flags each. */
#define BLOB_MAX (128 * 1024)

/* A worker's flags are those of an event. */
#define SAME(flag)                                                                   \
	_Static_assert((unsigned)CAL_EVENT_##flag == (unsigned)GATEWAY_EVENT_##flag, \
		"a worker's flags are those of an event")
SAME(MEETING);
SAME(RECURRING);
SAME(PRIVATE);
SAME(ALL_DAY);
SAME(CANCELLED);
SAME(DECLINED);
SAME(ORGANIZER);
SAME(ACCEPTED);
SAME(TENTATIVE);
SAME(UNANSWERED);
SAME(ENTRY);
_Static_assert(CAL_EVENT_WORD(0) == GATEWAY_EVENT_KEYWORD(0) &&
		       (unsigned)CAL_EVENT_WORDS_MAX == (unsigned)GATEWAY_KEYWORDS_MAX,
	"and so are its words");

const struct overlay_map *reading_mapping(const struct person *person)
{
	const struct config *config = person->people->config;

	return person_is_room(person) ? &config->room_mapping : &config->mapping;
}

bool reading_is_of_entries(const struct config *config)
{
	return config->calendar.detail == CONFIG_DETAIL_ITEMS ||
	       config->rules_need_entries;
}

/* ------------------------------------------------------------------ into the agenda */

static struct cal_event event_of(const struct gateway_event *event)
{
	/* The worker's words for BusyType, in the order of enum gateway_busy. */
	static const enum cal_state states[] = {
		CAL_FREE, CAL_TENTATIVE, CAL_BUSY, CAL_OOF, CAL_ELSEWHERE, CAL_NODATA};

	return (struct cal_event){
		.start = event->start,
		.end = event->end,
		.state = event->busy < sizeof(states) / sizeof(states[0])
				 ? states[event->busy]
				 : CAL_NODATA,
		.flags = event->flags,
	};
}

/* Lets the rules decide. The first events that one fits go into hits, for people who
 * wonder; how many these are. */
static size_t decide(const struct cal_rules *rules, struct cal_event *events, size_t n,
	struct rule_hit hits[RULE_HITS_MAX])
{
	size_t filled = 0;

	for (size_t i = 0; i < n; i++) {
		enum cal_state own = events[i].state;
		size_t rule = rules_decide(rules, &events[i]);

		if (rule < rules->n && filled < RULE_HITS_MAX &&
			(events[i].flags & CAL_EVENT_GONE) == 0)
			hits[filled++] = (struct rule_hit){
				events[i].start, events[i].end, rule, own};
	}
	return filled;
}

/* Out of memory they are left out. */
static void keep_rule_hits(
	struct calendar *calendar, const struct rule_hit *hits, size_t n)
{
	free(calendar->rule_hits);
	calendar->rule_hits = n > 0 ? malloc(n * sizeof(*hits)) : NULL;
	calendar->n_rule_hits = calendar->rule_hits ? (uint8_t)n : 0;
	if (calendar->rule_hits)
		memcpy(calendar->rule_hits, hits, n * sizeof(*hits));
}

bool reading_apply(struct person *person, const struct gateway_calendar *reading)
{
	const struct config *config = person->people->config;
	struct cal_event *events = calloc(reading->n + 1U, sizeof(*events));
	struct calendar *calendar = person->calendar;
	struct rule_hit hits[RULE_HITS_MAX];
	struct agenda agenda;
	size_t n_hits;
	int result;

	if (!events)
		return false;
	for (uint32_t i = 0; i < reading->n; i++)
		events[i] = event_of(&reading->events[i]);
	n_hits = decide(&config->rules, events, reading->n, hits);
	result = agenda_build(events, reading->n,
		overlay_map_shown(reading_mapping(person)), reading->from, reading->to,
		&agenda);
	free(events);
	if (result != 0)
		return false;
	keep_rule_hits(calendar, hits, n_hits);
	agenda_finish(&calendar->agenda);
	calendar->agenda = agenda;
	calendar->read_at = reading->read_at;
	calendar->stale_said = false;
	calendar->outdated = false;
	free(calendar->failure);
	calendar->failure = NULL;
	return true;
}

void reading_finish(struct calendar *calendar)
{
	agenda_finish(&calendar->agenda);
	free(calendar->rule_hits);
	free(calendar->failure);
}

/* ------------------------------------------------------------------ what it says */

int64_t reading_stale_at(const struct person *person)
{
	if (person->calendar->read_at == 0)
		return 0;
	return person->calendar->read_at + person->people->config->calendar.stale_after_s;
}

bool calendar_is_fresh(const struct person *person)
{
	return people_now_s(person->people) < reading_stale_at(person);
}

enum cal_state reading_state(const struct person *person, int64_t t)
{
	if (t >= reading_stale_at(person))
		return CAL_UNKNOWN;
	return agenda_state(&person->calendar->agenda, t);
}

int64_t reading_next_edge(const struct person *person, int64_t t)
{
	int64_t stale_at = reading_stale_at(person);
	int64_t edge;

	if (t >= stale_at)
		return AGENDA_NEVER;
	edge = agenda_next_edge(&person->calendar->agenda, t);
	return edge < stale_at ? edge : stale_at;
}

/* ------------------------------------------------------------- the terms of rules */

#define FLAGS (CAL_EVENT_WORD(0) - 1)

/* The bit of the term in a list; 0: it is not in it. */
static uint64_t bit_of(const char *list, size_t left, const char *term, size_t n)
{
	for (unsigned i = 0; left > 0 && i < CAL_EVENT_WORDS_MAX; i++) {
		size_t length;
		const char *line = parse_line(&list, &left, &length);

		if (length == n && strncasecmp(line, term, n) == 0)
			return CAL_EVENT_WORD(i);
	}
	return 0;
}

struct rule_terms rule_terms_match(const char *old, size_t n, const char *present)
{
	struct rule_terms terms = {0};
	size_t left = strlen(present);

	for (unsigned i = 0; left > 0 && i < CAL_EVENT_WORDS_MAX; i++) {
		size_t length;
		const char *term = parse_line(&present, &left, &length);

		terms.was[i] = bit_of(old, n, term, length);
		terms.has_new |= terms.was[i] == 0;
	}
	return terms;
}

uint64_t rule_terms_translate(const struct rule_terms *terms, uint64_t flags)
{
	uint64_t translated = flags & FLAGS;

	for (unsigned i = 0; i < CAL_EVENT_WORDS_MAX; i++)
		if ((flags & terms->was[i]) != 0)
			translated |= CAL_EVENT_WORD(i);
	return translated;
}

/* ------------------------------------------------------------------ the store */

void reading_keep(const struct person *person, const struct gateway_calendar *reading)
{
	const struct config *config = person->people->config;
	struct buf blob;

	buf_init(&blob, BLOB_MAX);
	buf_put_u8(&blob, reading_is_of_entries(config));
	buf_put_string(&blob, config->rule_words, strlen(config->rule_words));
	buf_put_i64(&blob, reading->from);
	buf_put_i64(&blob, reading->to);
	buf_put_u32(&blob, reading->n);
	for (uint32_t i = 0; i < reading->n; i++) {
		buf_put_i64(&blob, reading->events[i].start);
		buf_put_i64(&blob, reading->events[i].end);
		buf_put_u8(&blob, reading->events[i].busy);
		buf_put_i64(&blob, (int64_t)reading->events[i].flags);
	}
	if (!blob.failed)
		store_put_calendar(person->people->store, person->jid->text,
			person->calendar->address, reading->read_at, blob.data, blob.len);
	buf_finish(&blob);
}

static void restore_events(struct person *person, struct buf_reader *reader,
	int64_t read_at, const struct rule_terms *terms)
{
	struct gateway_calendar reading = {.read_at = read_at};
	struct gateway_event *events;

	reading.from = buf_get_i64(reader);
	reading.to = buf_get_i64(reader);
	reading.n = buf_get_u32(reader);
	if (reader->failed || reading.n > GATEWAY_EVENTS_MAX ||
		reading.from >= reading.to)
		return;
	events = calloc(reading.n + 1U, sizeof(*events));
	if (!events)
		return;
	for (uint32_t i = 0; i < reading.n; i++) {
		events[i].start = buf_get_i64(reader);
		events[i].end = buf_get_i64(reader);
		events[i].busy = buf_get_u8(reader);
		events[i].flags =
			rule_terms_translate(terms, (uint64_t)buf_get_i64(reader));
	}
	reading.events = events;
	if (!reader->failed)
		(void)reading_apply(person, &reading);
	free(events);
}

static void restore(void *context, const char *jid, const char *mailbox, int64_t read_at,
	const void *blob, size_t n)
{
	struct people *people = context;
	struct person *person = people_get(people, jid);
	struct buf_reader reader = {.data = blob, .len = n};
	struct calendar *calendar;
	struct rule_terms terms;
	bool entries;
	const char *old;
	size_t n_old;

	/* Another mailbox since then: what was read is somebody else's. */
	if (!person || strcmp(person->calendar->address, mailbox) != 0 ||
		read_at > people_now_s(people) + 1)
		return;
	entries = buf_get_u8(&reader) != 0;
	old = buf_get_string(&reader, &n_old);
	if (reader.failed)
		return;
	terms = rule_terms_match(old, n_old, people->config->rule_words);
	restore_events(person, &reader, read_at, &terms);
	calendar = person->calendar;
	calendar->outdated =
		terms.has_new || entries != reading_is_of_entries(people->config);
	/* That it is stale is no news. */
	calendar->stale_said = !calendar_is_fresh(person);
	person_touch(person);
}

bool reading_restore(struct people *people)
{
	return store_each_calendar(people->store, restore, people);
}
