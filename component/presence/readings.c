#include "component/presence/readings.h"

#include "base/buf.h"
#include "component/presence/calendars.h"
#include "component/presence/now.h"
#include "component/presence/people.h"
#include "component/presence/reading_words.h"

#include <stdlib.h>
#include <string.h>

/* What the store keeps of a reading: whether entries were wanted, the words that were
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
_Static_assert(CAL_EVENT_WORD(0) == GATEWAY_EVENT_WORD(0) &&
		       (unsigned)CAL_EVENT_WORDS_MAX == (unsigned)GATEWAY_WORDS_MAX,
	"and so are its words");

bool readings_are_of_entries(const struct config *config)
{
	return config->calendar.detail == CONFIG_DETAIL_ITEMS ||
	       config->rules_need_entries;
}

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

/* Lets the rules decide. The first events that one fits go into ruled, for people who
 * wonder; how many these are. */
static size_t decide(const struct cal_rules *rules, struct cal_event *events, size_t n,
	struct ruled ruled[RULED_MAX])
{
	size_t filled = 0;

	for (size_t i = 0; i < n; i++) {
		enum cal_state own = events[i].state;
		size_t rule = rules_decide(rules, &events[i]);

		if (rule < rules->n && filled < RULED_MAX &&
			(events[i].flags & CAL_EVENT_GONE) == 0)
			ruled[filled++] =
				(struct ruled){events[i].start, events[i].end, rule, own};
	}
	return filled;
}

/* Out of memory they are left out. */
static void keep_ruled(struct calendar *calendar, const struct ruled *ruled, size_t n)
{
	free(calendar->ruled);
	calendar->ruled = n > 0 ? malloc(n * sizeof(*ruled)) : NULL;
	calendar->n_ruled = calendar->ruled ? n : 0;
	if (calendar->ruled)
		memcpy(calendar->ruled, ruled, n * sizeof(*ruled));
}

bool reading_apply(struct person *person, const struct gateway_calendar *reading)
{
	struct cal_event *events = calloc(reading->n + 1U, sizeof(*events));
	struct calendar *calendar = &person->calendar;
	struct ruled ruled[RULED_MAX];
	struct agenda agenda;
	size_t n_ruled;
	int result;

	if (events == NULL)
		return false;
	for (uint32_t i = 0; i < reading->n; i++)
		events[i] = event_of(&reading->events[i]);
	n_ruled = decide(&person->engine->config->rules, events, reading->n, ruled);
	result = agenda_build(events, reading->n, reading->from, reading->to, &agenda);
	free(events);
	if (result != 0)
		return false;
	keep_ruled(calendar, ruled, n_ruled);
	agenda_finish(&calendar->agenda);
	calendar->agenda = agenda;
	calendar->read_at = reading->read_at;
	calendar->stale_said = false;
	calendar->outdated = false;
	free(calendar->failure);
	calendar->failure = NULL;
	return true;
}

void reading_keep(const struct person *person, const struct gateway_calendar *reading)
{
	const struct config *config = person->engine->config;
	struct buf blob;

	buf_init(&blob, BLOB_MAX);
	buf_put_u8(&blob, readings_are_of_entries(config));
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
		store_put_calendar(person->engine->ports.store, person->jid->text,
			person->calendar.address, reading->read_at, blob.data, blob.len);
	buf_finish(&blob);
}

static void restore_events(struct person *person, struct buf_reader *reader,
	int64_t read_at, const struct reading_words *words)
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
	if (events == NULL)
		return;
	for (uint32_t i = 0; i < reading.n; i++) {
		events[i].start = buf_get_i64(reader);
		events[i].end = buf_get_i64(reader);
		events[i].busy = buf_get_u8(reader);
		events[i].flags =
			reading_words_translate(words, (uint64_t)buf_get_i64(reader));
	}
	reading.events = events;
	if (!reader->failed)
		(void)reading_apply(person, &reading);
	free(events);
}

void reading_restore(void *context, const char *jid, const char *mailbox, int64_t read_at,
	const void *blob, size_t n)
{
	struct engine *engine = context;
	struct person *person = people_get(engine, jid);
	struct buf_reader reader = {.data = blob, .len = n};
	struct reading_words words;
	bool entries;
	const char *old;
	size_t n_old;

	/* Another mailbox since then: what was read is somebody else's. */
	if (person == NULL || person->calendar.address == NULL ||
		strcmp(person->calendar.address, mailbox) != 0 ||
		read_at > now_s(engine) + 1)
		return;
	entries = buf_get_u8(&reader) != 0;
	old = buf_get_string(&reader, &n_old);
	if (reader.failed)
		return;
	words = reading_words_match(old, n_old, engine->config->rule_words);
	restore_events(person, &reader, read_at, &words);
	person->calendar.outdated =
		words.has_new || entries != readings_are_of_entries(engine->config);
	person->calendar.stale_said = !calendar_is_fresh(person); // no news
}
