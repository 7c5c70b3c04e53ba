#ifndef COMPONENT_PRESENCE_MOVES_H
#define COMPONENT_PRESENCE_MOVES_H

#include "component/presence/model.h"

/*
 * Looks for a mailbox of which Exchange says that it is not there. The other gateways
 * that may have it are asked, one after the other, each once an hour at most. Who has it
 * reads it from then on; if nobody has, it goes back to the first, whose worker tries it
 * slowly. A gateway that does not answer has said nothing: if the others do not have the
 * mailbox, it waits there. What was read last counts meanwhile.
 */
#define MOVES_PAUSE_MS 3600000   // between two questions to one gateway
#define MOVES_PATIENCE_MS 180000 // for an answer
#define MOVES_FINDS_MAX 4 // in one MOVES_PAUSE_MS; then it stays where it was found last
#define MOVES_SOON_S 1800 // the first gateway will try it again by itself within

/* Whether her mailbox is at present looked for: calendar.gateway was asked. */
bool moves_is_looking(const struct person *person);
/* Until when her mailbox is known to fail where it is, UTC seconds; 0: not known. */
int64_t moves_not_before(const struct person *person);

/* What a failure means. */
enum moves_word {
	MOVES_NONE,  // nobody else is asked
	MOVES_BEGUN, // the mailbox is looked for at other gateways
	MOVES_ASIDE, // it is but the answer of one who was asked in passing
};

enum moves_word moves_on_failure(
	struct person *person, const struct gateway_failure *failure);
void moves_on_reading(struct person *person);
/* The health of a gateway has changed. */
void moves_on_gateway(struct engine *engine, unsigned gateway);

void moves_finish(struct person *person);

#endif
