/* arc4random_buf() for ids that nobody can guess */
#define _DEFAULT_SOURCE

#include "component/xmpp/iq.h"

#include "base/jid.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#define ID_SIZE 24
#define TICK_MS 1000

struct iq {
	UT_hash_handle hh; // by id
	char id[ID_SIZE];
	char *to; // owned; canonical
	int64_t deadline_ms;
	iq_answered_fn *answered;
	struct name *subject; // owned reference
};

struct iqs {
	struct timer timer; // first: the timer's function finds us by it
	struct names *names;
	struct outbox *outbox;
	struct timers *mono;
	const char *from;
	void *context;
	struct iq *table; // by id, the oldest first
	size_t n;
};

static void random_id(char out_id[ID_SIZE])
{
	unsigned char bytes[10];

	arc4random_buf(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(out_id + 2 * i, 3, "%02x", bytes[i]);
}

static void discard(struct iq *iq)
{
	free(iq->to);
	free(iq);
}

static void finish(struct iqs *iqs, struct iq *iq, enum iq_answer answer,
	const struct element *element)
{
	HASH_DELETE(hh, iqs->table, iq);
	iqs->n--;
	iq->answered(iqs->context, iq->subject, answer, element);
	names_put(iqs->names, iq->subject);
	discard(iq);
}

/* All deadlines are equally far, and uthash keeps the order of adding. */
static void on_timer(struct timer *timer, int64_t now_ms)
{
	struct iqs *iqs = (struct iqs *)timer;

	while (iqs->table && iqs->table->deadline_ms <= now_ms)
		finish(iqs, iqs->table, IQ_NONE, NULL);
	if (iqs->table)
		timers_set(iqs->mono, timer, now_ms + TICK_MS);
}

struct iqs *iqs_create(struct names *names, struct outbox *outbox, struct timers *mono,
	const char *from, void *context)
{
	struct iqs *iqs = calloc(1, sizeof(*iqs));

	if (!iqs)
		return NULL;
	iqs->timer.fire = on_timer;
	iqs->names = names;
	iqs->outbox = outbox;
	iqs->mono = mono;
	iqs->from = from;
	iqs->context = context;
	return iqs;
}

void iqs_destroy(struct iqs *iqs)
{
	if (!iqs)
		return;
	assert(!iqs->table);
	timers_cancel(iqs->mono, &iqs->timer);
	free(iqs);
}

static bool queue(
	struct iqs *iqs, const struct iq *iq, const struct iq_question *question)
{
	struct buf text;
	bool queued;

	buf_init(&text, OUTBOX_STANZA_MAX);
	stanza_iq(
		&text, question->type, iqs->from, question->to, iq->id, question->inside);
	queued = !text.failed &&
		 outbox_stanza(iqs->outbox, NULL, NULL, text.data, text.len);
	buf_finish(&text);
	return queued;
}

bool iqs_ask(struct iqs *iqs, const struct iq_question *question, int64_t now_ms)
{
	struct iq *iq = iqs->n < IQ_MAX ? calloc(1, sizeof(*iq)) : NULL;

	if (!iq)
		return false;
	random_id(iq->id);
	iq->to = strdup(question->to);
	if (!iq->to || !queue(iqs, iq, question)) {
		discard(iq);
		return false;
	}
	iq->deadline_ms = now_ms + IQ_TIMEOUT_MS;
	iq->answered = question->answered;
	iq->subject = question->subject ? name_ref(question->subject) : NULL;
	HASH_ADD_STR(iqs->table, id, iq);
	iqs->n++;
	if (!timer_is_set(&iqs->timer))
		timers_set(iqs->mono, &iqs->timer, now_ms + TICK_MS);
	return true;
}

static bool is_from(const struct iq *iq, const struct element *element)
{
	const char *from = element_attr(element, "from");
	char canonical[JID_SIZE];
	struct jid jid;

	if (!from || !jid_parse(from, &jid))
		return false;
	jid_print(&jid, canonical);
	return strcmp(canonical, iq->to) == 0;
}

bool iqs_answer(struct iqs *iqs, const struct element *element)
{
	const char *id = element_attr(element, "id");
	const char *type = element_attr(element, "type");
	struct iq *iq = NULL;
	bool result;

	if (!id || !type)
		return false;
	result = strcmp(type, "result") == 0;
	if (!result && strcmp(type, "error") != 0)
		return false;
	HASH_FIND_STR(iqs->table, id, iq);
	if (!iq || !is_from(iq, element))
		return false;
	finish(iqs, iq, result ? IQ_RESULT : IQ_ERROR, element);
	return true;
}

void iqs_fail_all(struct iqs *iqs)
{
	/* The analyzer does not follow how the head of the table moves on. */
	while (iqs->table) /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		finish(iqs, iqs->table, IQ_NONE, NULL);
	timers_cancel(iqs->mono, &iqs->timer);
}

size_t iqs_waiting(const struct iqs *iqs)
{
	return iqs->n;
}

bool iq_error_is(const struct element *iq, const char *condition)
{
	const struct element *error = element_child(iq, NULL, "error");

	return error &&
	       element_child(error, "urn:ietf:params:xml:ns:xmpp-stanzas", condition);
}
