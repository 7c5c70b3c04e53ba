#include "graph/operations/graph_outcome.h"
#include "graph/operations/reply_settings.h"
#include "graph/operations/schedules.h"

#include <stdint.h>
#include <stdlib.h>

#define FROM INT64_C(1796083200) // 2026-12-01T00:00:00Z
#define TO (FROM + 86400)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

/* Nobody who is not in the answer is free, and events are within the window. */
static void check_schedules(const struct schedules *schedules, size_t n)
{
	const struct reading *reading = &schedules->reading;
	require(reading->n == n);
	for (size_t i = 0; i < n; i++) {
		const struct mailbox_reading *mailbox = &reading->mailboxes[i];
		require(mailbox->fault == GATEWAY_FAULT_NONE || mailbox->text[0]);
		require(mailbox->fault == GATEWAY_FAULT_NONE || mailbox->n == 0);
		require(schedules->error.is_json || mailbox->fault != GATEWAY_FAULT_NONE);
		require(mailbox->first + mailbox->n <= reading->n_events);
		for (size_t k = 0; k < mailbox->n; k++) {
			const struct gateway_event *event =
				&reading->events[mailbox->first + k];
			require(event->start >= FROM && event->end <= TO);
			require(event->start < event->end);
		}
	}
}

static void check_outcome(const struct graph_error *error)
{
	for (long status = 200; status <= 500; status += 100) {
		struct transfer transfer = {.result = TRANSFER_ANSWERED,
			.status = status,
			.retry_after_ms = -1,
			.media_type = "application/json"};
		struct outcome outcome = graph_outcome_of(&transfer, error, 2).outcome;
		require(outcome.text[0] != '\0');
		require(outcome.class != OUTCOME_USE || error->is_json);
		require((outcome.back_off_ms >= 1000) ==
			(outcome.class == OUTCOME_BACK_OFF));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const addresses[] = {"p01@example.com", "p02@example.com"};
	const struct schedules_query query = {.addresses = addresses,
		.n = 2,
		.from = FROM,
		.to = TO,
		.slot_s = SCHEDULES_SLOT_S};
	struct schedules schedules;
	struct reply_settings settings;
	if (schedules_read((const char *)data, size, &query, &schedules) == 0) {
		check_schedules(&schedules, 2);
		check_outcome(&schedules.error);
		schedules_finish(&schedules);
	}
	reply_settings_read((const char *)data, size, 2, FROM, &settings);
	check_outcome(&settings.error);
	for (size_t i = 0; i < 2; i++)
		require(settings.parts[i].from <= settings.parts[i].to);
	return 0;
}
