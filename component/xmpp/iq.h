#ifndef COMPONENT_XMPP_IQ_H
#define COMPONENT_XMPP_IQ_H

#include "base/names.h"
#include "base/timers.h"
#include "component/xmpp/outbox.h"
#include "component/xmpp/stanza.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Questions (iq) that wait for their answer: a random id, the address that alone may
 * answer, a deadline. An iq of type get or set is never an answer, even with our own id:
 * a server may send a question back (ejabberd 24.10 to 24.12).
 */
#define IQ_TIMEOUT_MS 20000
/* Questions under way at once. */
#define IQ_MAX 4096

enum iq_answer {
	IQ_RESULT,
	IQ_ERROR, // the element is the iq with its <error/>
	IQ_NONE,  // the deadline passed, or the stream was lost; no element
};

/* context: that of iqs_create(). subject: as given with the question. */
typedef void iq_answered_fn(void *context, struct name *subject, enum iq_answer answer,
	const struct element *iq);

struct iq_question {
	const char *type;         // get or set
	const char *to;           // a prepared JID
	const char *inside;       // the iq's child as XML
	iq_answered_fn *answered; // called once, unless iqs_ask() was false
	struct name *subject;     // a reference is kept until then; may be NULL
};

struct iqs;

/* All are borrowed. from: our own address. NULL: no memory. */
struct iqs *iqs_create(struct names *names, struct outbox *outbox, struct timers *mono,
	const char *from, void *context);
/* Nothing may wait any more: iqs_fail_all() before. Accepts NULL. */
void iqs_destroy(struct iqs *iqs);

/* Queues the question. false: IQ_MAX or the outbox is full, or no memory. now_ms:
 * monotonic. */
bool iqs_ask(struct iqs *iqs, const struct iq_question *question, int64_t now_ms)
	__attribute__((warn_unused_result));
/* Takes an iq of type result or error that answers a question; false if it does not. */
bool iqs_answer(struct iqs *iqs, const struct element *iq);
/* The stream is lost: all are answered with IQ_NONE. */
void iqs_fail_all(struct iqs *iqs);
size_t iqs_waiting(const struct iqs *iqs);

/* Whether an iq of type error has this condition (RFC 6120 section 8.3.3). */
bool iq_error_is(const struct element *iq, const char *condition);

#endif
