#ifndef COMPONENT_REPORT_REPORT_PRIVATE_H
#define COMPONENT_REPORT_REPORT_PRIVATE_H

#include "base/buf.h"
#include "component/people/people.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

/* What both reports are made of, and the text for people of values in JSON. */

/* A status's first text, which stands for all; null: none. */
json_t *report_text_of_status(const struct status *status);
/* UTC seconds; null where there is no such time: 0, AGENDA_NEVER, and what Exchange has
 * for "no beginning" and "no end". */
json_t *report_time(int64_t seconds);
/* A text, null for NULL. */
json_t *report_text(const char *text);
/* Writes the JSON itself. */
void report_print(const json_t *json, struct buf *out);

const char *text_of(const json_t *object, const char *key); // "" for null
long long number_of(const json_t *object, const char *key); // 0 for null
bool is_true(const json_t *object, const char *key);
/* The text with what stands around it; nothing for null and "". */
void text_put(struct buf *out, const char *before, const json_t *object, const char *key,
	const char *behind);
/* "2026-11-21 17:58:00 UTC (in 12 min)", or "never", with what stands around it. */
void text_put_time(struct buf *out, const char *before, const json_t *object,
	const char *key, int64_t now, const char *behind);
/* What went wrong, in words and, if there is one, by Exchange's name of it. */
void text_put_problem(struct buf *out, const char *label, const json_t *problem);
void text_put_next_try(struct buf *out, const json_t *what, int64_t now);

#endif
