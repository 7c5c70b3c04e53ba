#ifndef EWS_OPERATIONS_EWS_OUTCOME_H
#define EWS_OPERATIONS_EWS_OUTCOME_H

#include "ews/operations/availability.h"
#include "ews/soap/soap_read.h"
#include "gateway/request/outcome.h"

/* What answers and faults of EWS mean (protocol facts: HTTP status table, the class of
 * each response code): the one place that decides it. */

/* Judges a finished request of any operation. answer is what its reader made of the body;
 * NULL where there was no body to read. OUTCOME_USE: what was asked for has come. */
struct outcome ews_outcome_of(
	const struct transfer *transfer, const struct soap_answer *answer);
/* Likewise of GetUserAvailability for n mailboxes. */
struct outcome ews_outcome_of_availability(
	const struct transfer *transfer, const struct availability *answer, size_t n);
/* What an error inside an answer (ResponseClass="Error") asks for. */
struct outcome ews_outcome_of_message(const struct soap_message *message);
/* What the error of one mailbox says beside its fault: whether it is elsewhere, and how
 * it is better asked. version: it was asked in; items: by FindItem. */
void ews_judge_mailbox(struct mailbox_reading *mailbox, const char *version, bool items);

#endif
