#include "gateway/dispatch/dispatcher.h"
#include "gateway/dispatch/log_on.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#define ANCHOR "svc@example.com"

/* In libcurl's place: one request is out at most. */
struct http_client {
	struct buf body;
	bool out;
};

void http_client_destroy(struct http_client *client)
{
	if (client)
		buf_finish(&client->body);
	free(client);
}

bool http_client_impersonates(const struct http_client *client)
{
	(void)client;
	return true;
}

struct buf *http_client_request(struct http_client *client, unsigned slot)
{
	(void)slot;
	return &client->body;
}

int http_client_post(struct http_client *client, unsigned slot,
	const struct request *request, const struct now *now)
{
	(void)slot;
	(void)request;
	(void)now;
	client->out = true;
	return 0;
}

bool http_client_take(struct http_client *client, const struct now *now,
	struct http_client_answer *out_answer)
{
	(void)now;
	*out_answer = (struct http_client_answer){.answer = {.cookie = ""}};
	return client->out;
}

void http_client_release(struct http_client *client, unsigned slot)
{
	(void)slot;
	client->out = false;
}

const char *http_client_hint(struct http_client *client)
{
	(void)client;
	return NULL;
}

/* A source that has something from due_ms on, and what becomes of it. */
struct scene {
	struct account account;
	struct dispatcher dispatcher;
	struct log_on log_on;
	struct request_source source;
	struct now now;
	struct outcome outcome;
	int64_t due_ms;
	unsigned n_asked;
	unsigned n_said[GATEWAY_LOG_ON_UNKNOWN + 1];
};

static int64_t source_due(void *self, const struct now *now)
{
	(void)now;
	return ((struct scene *)self)->due_ms;
}

static bool source_next(void *self, unsigned slot, const struct request_terms *terms,
	struct request *out_request, struct buf *body, const struct now *now)
{
	struct scene *scene = self;
	(void)slot;
	(void)body;
	(void)now;
	*out_request = (struct request){.anchor = terms->anchor};
	scene->n_asked++;
	return true;
}

static struct outcome source_done(void *self, unsigned slot,
	const struct request_reply *reply, const struct now *now)
{
	struct scene *scene = self;
	(void)slot;
	(void)reply;
	scene->due_ms = now->mono_ms + 1;
	return scene->outcome;
}

static void take_text(void *context, const char *text)
{
	(void)context;
	(void)text;
}

static void take_trouble(void *context, const struct outcome *outcome)
{
	(void)context;
	(void)outcome;
}

static const char *give_version(void *context, const struct now *now)
{
	(void)context;
	(void)now;
	return "";
}

static void begin(struct scene *scene, const char *anchor)
{
	struct http_client *client = calloc(1, sizeof(*client));
	assert_non_null(client);
	buf_init(&client->body, 16);
	*scene = (struct scene){.now = {.mono_ms = 1000}};
	scene->source = (struct request_source){.due = source_due,
		.next = source_next,
		.done = source_done,
		.self = scene};
	scene->outcome = outcome_make(OUTCOME_USE, GATEWAY_FAULT_NONE, "answered");
	account_init(&scene->account, 1, 300000, 7);
	dispatcher_init(&scene->dispatcher, &scene->account, client,
		&(struct dispatcher_events){.hint = take_text,
			.trouble = take_trouble,
			.version = give_version,
			.context = scene},
		&(struct gateway_configure){.anchor_mailbox = anchor});
	dispatcher_add(&scene->dispatcher, &scene->source);
}

static void say(void *context, enum gateway_log_on said)
{
	((struct scene *)context)->n_said[said]++;
}

/* A turn of a worker, at the time when the dispatcher wants it. */
static int64_t turn(struct scene *scene)
{
	(void)dispatcher_hear(&scene->dispatcher, &scene->now);
	int64_t again_ms = dispatcher_ask(&scene->dispatcher, &scene->now);
	log_on_say(&scene->log_on, &scene->account, scene->dispatcher.wants_leave, say,
		scene);
	return again_ms;
}

static void a_configured_anchor_is_kept_after_time_outs(void **state)
{
	(void)state;
	struct scene scene;
	begin(&scene, ANCHOR);
	scene.outcome =
		outcome_make(OUTCOME_BISECT, GATEWAY_FAULT_CONNECT, "no answer in time");
	(void)snprintf(
		scene.outcome.code, sizeof(scene.outcome.code), "ErrorTimeoutExpired");
	for (int i = 0; i < 5; i++) {
		scene.now.mono_ms += 1000000;
		(void)turn(&scene);
		(void)turn(&scene);
		struct request_terms terms =
			dispatcher_terms(&scene.dispatcher, &scene.now);
		assert_string_equal(terms.anchor, ANCHOR);
		assert_true(terms.anchor_is_set);
	}
	assert_true(scene.n_asked >= 5);
	dispatcher_finish(&scene.dispatcher);
}

static void leave_is_wanted_once_something_is_due(void **state)
{
	(void)state;
	struct scene scene;
	const struct gateway_breaker nothing = {0};
	const struct gateway_breaker leave = {.leave = true};
	begin(&scene, NULL);
	log_on_hear(&scene.log_on, &scene.account, &nothing, scene.now.mono_ms);
	scene.due_ms = 5000;
	assert_int_equal(turn(&scene), 5000);
	assert_int_equal(scene.n_said[GATEWAY_LOG_ON_WANTED], 0);
	scene.now.mono_ms = 5000;
	assert_int_equal(turn(&scene), INT64_MAX);
	(void)turn(&scene);
	assert_int_equal(scene.n_said[GATEWAY_LOG_ON_WANTED], 1);
	assert_int_equal(scene.n_asked, 0);
	log_on_hear(&scene.log_on, &scene.account, &leave, scene.now.mono_ms);
	(void)turn(&scene);
	assert_int_equal(scene.n_asked, 1);
	(void)turn(&scene);
	assert_int_equal(scene.n_said[GATEWAY_LOG_ON_GRANTED], 1);
	/* What is proven needs none. */
	scene.now.mono_ms = 6000;
	(void)turn(&scene);
	assert_int_equal(scene.n_asked, 2);
	assert_int_equal(scene.n_said[GATEWAY_LOG_ON_WANTED], 1);
	dispatcher_finish(&scene.dispatcher);
}

/* As a stream is, which is then asked for before any source has its turn. */
static void leave_is_wanted_for_what_others_carry(void **state)
{
	(void)state;
	struct scene scene;
	const struct gateway_breaker nothing = {0};
	const struct gateway_breaker leave = {.leave = true};
	const struct outcome good =
		outcome_make(OUTCOME_USE, GATEWAY_FAULT_NONE, "answered");
	struct dispatcher_slot slot = {0};
	begin(&scene, NULL);
	log_on_hear(&scene.log_on, &scene.account, &nothing, scene.now.mono_ms);
	scene.due_ms = 3600000;
	scene.dispatcher.others_wait = true;
	assert_int_equal(turn(&scene), INT64_MAX);
	assert_int_equal(scene.n_said[GATEWAY_LOG_ON_WANTED], 1);
	log_on_hear(&scene.log_on, &scene.account, &leave, scene.now.mono_ms);
	assert_int_equal(
		account_ready(&scene.account, scene.now.mono_ms), scene.now.mono_ms);
	dispatcher_start(&scene.dispatcher, &slot, &(struct request){0}, &scene.now);
	scene.dispatcher.others_wait = false;
	(void)turn(&scene);
	assert_int_equal(scene.n_said[GATEWAY_LOG_ON_UNKNOWN], 0);
	dispatcher_learn(&scene.dispatcher, &slot, &good, &scene.now);
	assert_int_equal(turn(&scene), 3600000);
	assert_int_equal(scene.n_said[GATEWAY_LOG_ON_GRANTED], 1);
	assert_int_equal(scene.n_said[GATEWAY_LOG_ON_WANTED], 1);
	assert_int_equal(scene.n_asked, 0);
	dispatcher_finish(&scene.dispatcher);
}

static void leave_is_given_back_where_nobody_answers(void **state)
{
	(void)state;
	struct scene scene;
	const struct gateway_breaker nothing = {0};
	const struct gateway_breaker leave = {.leave = true};
	begin(&scene, NULL);
	scene.outcome = outcome_make(OUTCOME_RETRY, GATEWAY_FAULT_CONNECT, "nobody");
	log_on_hear(&scene.log_on, &scene.account, &nothing, scene.now.mono_ms);
	(void)turn(&scene);
	log_on_hear(&scene.log_on, &scene.account, &leave, scene.now.mono_ms);
	(void)turn(&scene);
	(void)turn(&scene);
	assert_int_equal(scene.n_said[GATEWAY_LOG_ON_UNKNOWN], 1);
	assert_int_equal(scene.n_said[GATEWAY_LOG_ON_REFUSED], 0);
	/* And where there is nothing to ask after all. */
	scene.due_ms = INT64_MAX;
	log_on_hear(&scene.log_on, &scene.account, &leave, scene.now.mono_ms);
	scene.now.mono_ms += 400000;
	(void)turn(&scene);
	assert_int_equal(scene.n_said[GATEWAY_LOG_ON_UNKNOWN], 2);
	dispatcher_finish(&scene.dispatcher);
}

static void what_is_refused_is_said(void **state)
{
	(void)state;
	struct scene scene;
	const struct gateway_breaker nothing = {0};
	const struct gateway_breaker leave = {.leave = true};
	begin(&scene, NULL);
	scene.outcome = outcome_make(OUTCOME_DENIED, GATEWAY_FAULT_AUTH, "401");
	log_on_hear(&scene.log_on, &scene.account, &nothing, scene.now.mono_ms);
	(void)turn(&scene);
	log_on_hear(&scene.log_on, &scene.account, &leave, scene.now.mono_ms);
	(void)turn(&scene);
	(void)turn(&scene);
	assert_int_equal(scene.n_said[GATEWAY_LOG_ON_REFUSED], 1);
	assert_int_equal(scene.n_said[GATEWAY_LOG_ON_UNKNOWN], 0);
	assert_int_equal(account_health(&scene.account), GATEWAY_DOWN);
	dispatcher_finish(&scene.dispatcher);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_configured_anchor_is_kept_after_time_outs),
		cmocka_unit_test(leave_is_wanted_once_something_is_due),
		cmocka_unit_test(leave_is_wanted_for_what_others_carry),
		cmocka_unit_test(leave_is_given_back_where_nobody_answers),
		cmocka_unit_test(what_is_refused_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
