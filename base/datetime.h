#ifndef BASE_DATETIME_H
#define BASE_DATETIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Years 1601 to 9999, what Exchange knows: UTC seconds, the last one exclusive. */
#define DATETIME_MIN INT64_C(-11644473600)
#define DATETIME_MAX INT64_C(253402300800)

/* Reads an xs:dateTime as Exchange and its relatives write it, in UTC seconds: no zone
 * (taken as UTC), Z, +hh:mm, +hhmm, fractions (cut), 24:00:00, white space around. Years
 * before 1601 or after 9999, and what does not exist (30 February), are refused. */
bool datetime_parse(const char *text, size_t n, int64_t *out_seconds);

#define DATETIME_SIZE 24
/* Writes yyyy-mm-ddThh:mm:ss, without a zone: the request says that all times are UTC. */
void datetime_print(int64_t seconds, char out_text[DATETIME_SIZE]);

#endif
