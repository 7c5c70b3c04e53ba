#include "ews/operations/ews_outcome.h"

#include <stdint.h>
#include <stdlib.h>

#define FROM INT64_C(1772409600) // 2026-03-02T00:00:00Z
#define TO (FROM + 86400)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

/* Mailboxes share out the events without a gap, and one that failed has none. */
static void check_mailboxes(const struct availability *answer)
{
	size_t next = 0;
	for (size_t i = 0; i < answer->reading.n; i++) {
		const struct mailbox_reading *mailbox = &answer->reading.mailboxes[i];
		require(mailbox->first == next);
		require(mailbox->n <= GATEWAY_ENTRIES_MAX);
		require(mailbox->fault == GATEWAY_FAULT_NONE || mailbox->n == 0);
		require(mailbox->fault == GATEWAY_FAULT_NONE || mailbox->text[0] != '\0');
		next += mailbox->n;
	}
	require(next == answer->reading.n_events);
	require(answer->reading.n <= GATEWAY_BATCH_MAX);
	require(answer->soap.kind == SOAP_ANSWER || answer->reading.n == 0 ||
		answer->soap.kind == SOAP_FAULTED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct availability answer;
	if (availability_read((const char *)data, size, FROM, TO, &answer) < 0)
		return 0;
	check_mailboxes(&answer);
	for (long status = 200; status <= 500; status += 300) {
		struct transfer transfer = {.result = TRANSFER_ANSWERED,
			.status = status,
			.retry_after_ms = -1};
		struct outcome outcome = ews_outcome_of_availability(
			&transfer, &answer, &(struct ews_batch){.n = 2});
		require(outcome.text[0] != '\0');
		require(outcome.class != OUTCOME_USE || answer.reading.n == 2);
		require((outcome.back_off_ms >= 1000) ==
			(outcome.class == OUTCOME_BACK_OFF));
	}
	availability_finish(&answer);
	return 0;
}
