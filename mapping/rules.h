#ifndef MAPPING_RULES_H
#define MAPPING_RULES_H

#include "mapping/event.h"

#include <stddef.h>
#include <stdint.h>

#define RULE_CHOICES 3 // response, category, organizer

/* An event that fulfils every condition counts as `as`. */
struct cal_rule {
	uint64_t states;            // 1 << enum cal_state of those it is for
	uint64_t looks;             // the flags that it looks at,
	uint64_t wants;             // and those of them that have to be set
	uint64_t any[RULE_CHOICES]; // of each of these flags one has to be set; 0: none
	enum cal_state as;
};

/* In their order: the first that fits decides. */
struct cal_rules {
	size_t n;
	const struct cal_rule *of; // borrowed
};

#define RULE_STATES_ALL ((1u << CAL_UNKNOWN) - 1)

/* Gives the event the state that the first rule that fits says. The number of that rule,
 * from 0 on; rules->n if none fits, and the event is as it was. */
size_t rules_decide(const struct cal_rules *rules, struct cal_event *event);

#endif
