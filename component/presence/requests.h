#ifndef COMPONENT_PRESENCE_REQUESTS_H
#define COMPONENT_PRESENCE_REQUESTS_H

#include "component/presence/model.h"

/*
 * Questions (iq) that wait for their answer: a random id, the address that may answer, a
 * deadline. Asking twice must do no harm. An answer from anybody else is none.
 */

#define REQUEST_TIMEOUT_MS 20000
/* Where an answer may have been swallowed (echoes.h), the same is asked again. */
#define REQUEST_REPEAT_MS 4000

enum answer {
	ANSWER_RESULT,
	ANSWER_ERROR, // the element is the iq with its <error/>
	ANSWER_NONE,  // the deadline passed, or the stream was lost; no element
};

struct question {
	const char *type;   // get or set
	const char *to;     // who is asked, and alone may answer
	const char *inside; // the iq's child as XML
	void (*answered)(struct engine *engine, struct name *subject, enum answer answer,
		const struct element *iq);
	struct name *subject; // kept by reference for `answered`; may be NULL
};

/* Queues the question. false: too many, or no memory; `answered` is then not called. */
bool requests_ask(struct engine *engine, const struct question *question);
/* Takes an iq of type result or error; false if it answers nothing of ours. */
bool requests_answer(struct engine *engine, const struct element *iq);
/* The stream is lost: all are answered with ANSWER_NONE. */
void requests_fail_all(struct engine *engine);
void requests_init(struct engine *engine);

#endif
