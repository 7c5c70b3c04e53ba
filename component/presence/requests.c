/* arc4random_buf() for ids that nobody can guess */
#define _DEFAULT_SOURCE

#include "component/presence/requests.h"

#include "base/jid.h"
#include "component/presence/echoes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_SIZE 24
#define TICK_MS 1000

struct request {
	UT_hash_handle hh; // by id
	char id[ID_SIZE];
	char *to;   // owned; canonical
	char *text; // owned; the stanza
	int64_t repeat_ms;
	int64_t deadline_ms;
	void (*answered)(struct engine *engine, struct name *subject, enum answer answer,
		const struct element *iq);
	struct name *subject; // owned reference
};

static void random_id(char out_id[ID_SIZE])
{
	unsigned char bytes[10];

	arc4random_buf(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(out_id + 2 * i, 3, "%02x", bytes[i]);
}

static void discard(struct request *request)
{
	free(request->text);
	free(request->to);
	free(request);
}

static void finish(struct engine *engine, struct request *request, enum answer answer,
	const struct element *iq)
{
	HASH_DELETE(hh, engine->requests, request);
	engine->n_requests--;
	request->answered(engine, request->subject, answer, iq);
	names_put(engine->ports.names, request->subject);
	discard(request);
}

static bool queue(struct engine *engine, struct request *request)
{
	request->repeat_ms = engine->now.mono_ms + REQUEST_REPEAT_MS;
	return outbox_stanza(
		engine->ports.outbox, NULL, NULL, request->text, strlen(request->text));
}

/* What another stream swallowed is not answered: the same is asked again. */
static void repeat(struct engine *engine, int64_t now_ms)
{
	struct request *request;
	struct request *next;

	HASH_ITER (hh, engine->requests, request, next) {
		if (request->repeat_ms <= now_ms)
			(void)queue(engine, request);
	}
}

/* All deadlines are equally far, and uthash keeps the order of adding: the oldest is
 * first. */
static void on_timer(struct timer *timer, int64_t now_ms)
{
	struct engine *engine =
		(struct engine *)((char *)timer -
				  offsetof(struct engine, requests_timer));

	while (engine->requests != NULL && engine->requests->deadline_ms <= now_ms)
		finish(engine, engine->requests, ANSWER_NONE, NULL);
	if (echoes_may_be_shared(engine))
		repeat(engine, now_ms);
	if (engine->requests != NULL)
		timers_set(&engine->mono, timer, now_ms + TICK_MS);
}

void requests_init(struct engine *engine)
{
	engine->requests_timer.fire = on_timer;
}

static bool render(const struct engine *engine, struct request *request,
	const struct question *question)
{
	struct buf text;

	buf_init(&text, OUTBOX_STANZA_MAX);
	stanza_iq(&text, question->type, engine->self->text, question->to, request->id,
		question->inside);
	request->text = text.failed ? NULL : strdup(buf_text(&text));
	buf_finish(&text);
	return request->text != NULL;
}

bool requests_ask(struct engine *engine, const struct question *question)
{
	struct request *request;

	if (!engine->up || engine->n_requests >= REQUESTS_MAX)
		return false;
	request = calloc(1, sizeof(*request));
	if (request == NULL)
		return false;
	random_id(request->id);
	request->to = strdup(question->to);
	if (request->to == NULL || !render(engine, request, question) ||
		!queue(engine, request)) {
		discard(request);
		return false;
	}
	request->deadline_ms = engine->now.mono_ms + REQUEST_TIMEOUT_MS;
	request->answered = question->answered;
	request->subject = question->subject == NULL ? NULL : name_ref(question->subject);
	HASH_ADD_STR(engine->requests, id, request);
	engine->n_requests++;
	if (!timer_is_set(&engine->requests_timer))
		timers_set(&engine->mono, &engine->requests_timer,
			engine->now.mono_ms + TICK_MS);
	return true;
}

static bool is_from(const struct request *request, const struct element *iq)
{
	const char *from = element_attr(iq, "from");
	char canonical[JID_SIZE];
	struct jid jid;

	if (from == NULL || !jid_parse(from, &jid))
		return false;
	jid_print(&jid, canonical);
	return strcmp(canonical, request->to) == 0;
}

bool requests_answer(struct engine *engine, const struct element *iq)
{
	const char *id = element_attr(iq, "id");
	const char *type = element_attr(iq, "type");
	struct request *request = NULL;

	if (id == NULL || type == NULL)
		return false;
	HASH_FIND_STR(engine->requests, id, request);
	if (request == NULL || !is_from(request, iq))
		return false;
	finish(engine, request,
		strcmp(type, "result") == 0 ? ANSWER_RESULT : ANSWER_ERROR, iq);
	return true;
}

void requests_fail_all(struct engine *engine)
{
	while (engine->requests != NULL)
		finish(engine, engine->requests, ANSWER_NONE, NULL);
	timers_cancel(&engine->mono, &engine->requests_timer);
}
