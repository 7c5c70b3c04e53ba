#include "component/sources/sources_private.h"

#include <utlist.h>

#define TICK_MS 1000

static bool is_doubtful(const struct client *client)
{
	const struct domain *domain = client->person->domain;

	return domain->synced && !domain->complete &&
	       (!client->confirmed || client->person->overlaid);
}

static bool says_gone(const struct element *iq)
{
	return iq_error_is(iq, "service-unavailable") ||
	       iq_error_is(iq, "item-not-found") || iq_error_is(iq, "gone") ||
	       iq_error_is(iq, "recipient-unavailable");
}

static void on_answer(void *context, struct name *subject, enum iq_answer answer,
	const struct element *iq)
{
	struct client *client = own_presence_client(context, subject->text);

	if (!client)
		return;
	client->checking = false;
	if (answer == IQ_ERROR && says_gone(iq)) {
		own_presence_gone(client);
	} else if (answer != IQ_NONE && !client->confirmed) {
		client->confirmed = true;
		person_touch(client->person);
	}
}

void liveness_ask(struct client *client)
{
	if (!client->checking)
		client->checking = people_ask(client->person->people, client->full, "get",
			DISCO_INFO_QUERY, on_answer);
}

void liveness_plan(struct client *client)
{
	struct people *people = client->person->people;
	struct sources *sources = people->sources;

	sources_client_dropped(client);
	DL_APPEND2(sources->clients, client, check_before, check_after);
	sources->n_clients++;
	client->check_due_ms = people->now.mono_ms + LIVENESS_INTERVAL_MS;
}

void liveness_hurry(struct client *client)
{
	client->check_due_ms = INT64_MIN;
}

void sources_client_dropped(struct client *client)
{
	struct sources *sources = client->person->people->sources;

	if (!client->check_before)
		return;
	DL_DELETE2(sources->clients, client, check_before, check_after);
	sources->n_clients--;
	client->check_before = NULL;
}

static bool has_partial_domain(const struct people *people)
{
	const struct domain *domain = people->domains;

	while (domain && (domain->complete || !domain->synced))
		domain = domain->hh.next;
	return domain != NULL;
}

static void on_tick(struct timer *timer, int64_t now_ms)
{
	struct sources *sources = TIMER_OF(timer, struct sources, liveness);
	/* So many that everybody's turn comes within the interval. */
	size_t left =
		LIVENESS_AT_ONCE + sources->n_clients / (LIVENESS_INTERVAL_MS / TICK_MS);

	if (!sources->people->up || !has_partial_domain(sources->people))
		return;
	while (sources->clients && sources->clients->check_due_ms <= now_ms && left > 0) {
		struct client *client = sources->clients;

		liveness_plan(client);
		if (!client->checking && is_doubtful(client)) {
			liveness_ask(client);
			left--;
		}
	}
	timers_set(&sources->people->mono, timer, now_ms + TICK_MS);
}

void liveness_init(struct people *people)
{
	people->sources->liveness.fire = on_tick;
}

void liveness_wake(struct people *people)
{
	struct sources *sources = people->sources;

	if (!timer_is_set(&sources->liveness) && has_partial_domain(people))
		timers_set(
			&people->mono, &sources->liveness, people->now.mono_ms + TICK_MS);
}
