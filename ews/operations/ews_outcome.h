#ifndef EWS_OPERATIONS_EWS_OUTCOME_H
#define EWS_OPERATIONS_EWS_OUTCOME_H

#include "ews/operations/availability.h"
#include "ews/soap/soap_read.h"
#include "gateway/request/outcome.h"

/* What answers and faults of EWS mean (protocol facts: HTTP status table, the class of
 * each response code): the one place that decides it. */

/* Judges a finished request of any operation. answer is what its reader made of the body;
 * NULL where there was no body to read. of_mailbox: it was charged to a mailbox, in whose
 * name it was made; what Exchange says of it is then about that mailbox. OUTCOME_USE:
 * what was asked for has come. */
struct outcome ews_outcome_of(const struct transfer *transfer,
	const struct soap_answer *answer, bool of_mailbox);
/* What an error inside an answer (ResponseClass="Error") asks for. */
struct outcome ews_outcome_of_message(
	const struct soap_message *message, bool of_mailbox);

/* A request for the calendars of several mailboxes. */
/* The code of HTTP status 403 to a request in the name of a mailbox: EWS may be off for
 * that one alone. */
#define EWS_FORBIDDEN "HTTP 403"

struct ews_batch {
	size_t n;         // at least 1
	bool of_mailbox;  // charged to a mailbox, be it one of these or not
	bool anchored;    // in the name of a mailbox
	bool own_version; // not in the version of the gateway
	bool failing;     // of mailboxes that all have failed by themselves
};

struct outcome ews_outcome_of_availability(const struct transfer *transfer,
	const struct availability *answer, const struct ews_batch *batch);
/* Of FindItem for one mailbox. A refusal to impersonate, or to show entries, is no word
 * about the gateway: in the answer, that mailbox fails. */
struct outcome ews_outcome_of_items(
	const struct transfer *transfer, struct availability *answer, bool own_version);
/* What the error of one mailbox says beside its fault: whether it is elsewhere, and how
 * it is better asked. version: it was asked in; items: by FindItem. */
void ews_judge_mailbox(struct mailbox_reading *mailbox, const char *version, bool items);

#endif
