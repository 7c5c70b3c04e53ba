#ifndef COMPONENT_REPORT_REPORT_PRIVATE_H
#define COMPONENT_REPORT_REPORT_PRIVATE_H

#include "base/buf.h"
#include "component/people/people.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

/* What both reports are made of: values in JSON, and the text for people that is filled
 * in from them. */

/* A status's first text, which stands for all; NULL: none. */
const char *report_first_text(const struct status *status);
/* UTC seconds; null where there is no such time: 0, AGENDA_NEVER, and what Exchange has
 * for "no beginning" and "no end". */
json_t *report_time(int64_t seconds);

/* Writes a report, which it takes over: the JSON itself, or the text that `put` makes of
 * it. */
typedef void report_put_fn(struct buf *out, const json_t *report, int64_t now);
void report_write(json_t *report, report_put_fn *put, bool json, struct buf *out);

/*
 * Writes a text in which these stand for values of a JSON object:
 *   {key}          the value of a key, or of "key.key" in an object inside; {} the object
 *   {key@}         a time: "2026-11-21 17:58:00 UTC (in 12 min)", or "never"
 *   {key?yes:no}   one of two texts, by whether it is true
 *   [ ... ]        left out as a whole where a value inside is null, "" or never
 */
void text_fill(struct buf *out, const char *text, const json_t *json, int64_t now);
/* Likewise for each entry of a list. */
void text_fill_each(struct buf *out, const char *text, const json_t *list, int64_t now);
bool is_true(const json_t *object, const char *key);
/* Whether a text is this one. */
bool is_text(const json_t *object, const char *key, const char *text);

#endif
