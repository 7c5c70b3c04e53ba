#include "ews/errand/verdict.h"
#include "ews/messages/availability.h"

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
	for (size_t i = 0; i < answer->n; i++) {
		const struct availability_mailbox *mailbox = &answer->mailboxes[i];
		require(mailbox->first == next);
		require(mailbox->n <= AVAILABILITY_EVENTS_MAX);
		require(mailbox->fault == GATEWAY_FAULT_NONE || mailbox->n == 0);
		require(mailbox->fault == GATEWAY_FAULT_NONE || mailbox->text[0] != '\0');
		next += mailbox->n;
	}
	require(next == answer->n_events);
	require(answer->n <= AVAILABILITY_MAILBOXES_MAX);
	require(answer->soap.kind == SOAP_ANSWER || answer->n == 0 ||
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
		struct verdict verdict = verdict_of_availability(&transfer, &answer, 2);
		require(verdict.text[0] != '\0');
		require(verdict.action != VERDICT_USE || answer.n == 2);
		require((verdict.back_off_ms >= 1000) ==
			(verdict.action == VERDICT_BACK_OFF));
	}
	availability_finish(&answer);
	return 0;
}
