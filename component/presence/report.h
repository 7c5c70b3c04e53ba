#ifndef COMPONENT_PRESENCE_REPORT_H
#define COMPONENT_PRESENCE_REPORT_H

#include "base/buf.h"

#include "component/presence/model.h"

#include <jansson.h>

/* A list of a person's watchers or contacts ends here; the counts are always whole. */
#define REPORT_LISTED_MAX 1000

/* Its first text, which stands for all; null: none. */
json_t *report_status(const struct status *status);
/* UTC seconds; null where there is no such time (0, AGENDA_NEVER). */
json_t *report_time(int64_t seconds);
/* What is known of a person's calendar and of her automatic replies (null: nothing). */
json_t *report_calendar(const struct person *person);
json_t *report_replies(const struct person *person);
/* Her clients, and what her contacts were told under the address of each. */
json_t *report_resources(const struct person *person);

/* The text for people of what report.c says as JSON, so that both say the same. */
void report_text_status(const json_t *status, struct buf *out);
void report_text_why(const json_t *why, struct buf *out);

#endif
