#ifndef COMPONENT_PRESENCE_REPORT_H
#define COMPONENT_PRESENCE_REPORT_H

#include "base/buf.h"

#include <jansson.h>

/* The text for people of what report.c says as JSON, so that both say the same. */
void report_text_status(const json_t *status, struct buf *out);
void report_text_why(const json_t *why, struct buf *out);

#endif
