#include "ews/operations/find_item.h"

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

/* All that is read of one calendar is its mailbox's, and one that failed has nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct find_item_query query = {
		.from = FROM, .to = TO, .keyword_filter = "cFocus\noIna\ncTravel"};
	struct availability answer;
	if (find_item_read((const char *)data, size, &query, &answer) < 0)
		return 0;
	require(answer.reading.n <= 1);
	require(answer.reading.n == 1 || answer.reading.n_events == 0 ||
		answer.soap.kind == SOAP_ANSWER);
	if (answer.reading.n == 1) {
		const struct mailbox_reading *mailbox = answer.reading.mailboxes;
		require(answer.soap.kind == SOAP_ANSWER);
		require(mailbox->first == 0 && mailbox->n == answer.reading.n_events);
		require(mailbox->fault == GATEWAY_FAULT_NONE || mailbox->n == 0);
		require(mailbox->fault == GATEWAY_FAULT_NONE || mailbox->text[0] != '\0');
		require(mailbox->n <= GATEWAY_ENTRIES_MAX);
	}
	availability_finish(&answer);
	return 0;
}
