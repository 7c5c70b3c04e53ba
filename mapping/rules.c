#include "mapping/rules.h"

#include <stdbool.h>

static bool fits(const struct cal_rule *rule, const struct cal_event *event)
{
	if ((rule->states & 1u << event->state) == 0 ||
		(event->flags & rule->looks) != rule->wants)
		return false;
	for (size_t i = 0; i < RULE_CHOICES; i++)
		if (rule->any[i] != 0 && (event->flags & rule->any[i]) == 0)
			return false;
	return true;
}

size_t rules_decide(const struct cal_rules *rules, struct cal_event *event)
{
	size_t i = 0;

	while (i < rules->n && !fits(&rules->of[i], event))
		i++;
	if (i < rules->n)
		event->state = rules->of[i].as;
	return i;
}
