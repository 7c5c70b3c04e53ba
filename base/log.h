#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdio.h>

/*
 * The program's only logger. A message is lower case, says what happened in words that an
 * administrator can act on, and ends in key=value pairs; JIDs and paths stand in quotes.
 * error: someone must act. warning: degraded, we go on and say how. info: state changes.
 * debug: what came in and what was decided by it, with topic=stream, sources, rosters,
 * calendars or publish at the end, by which it can be sorted. No subject, location, body,
 * secret or token at any level. Every function leaves errno as it was.
 */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* stream is borrowed. json: one object a line {"time","level","message"}, where the
 * key=value pairs with which the format ends are members of their own (no key is one of
 * these three); else text with the time in UTC, and the priority for the journal where
 * that is what the stream goes to. Before the first call messages go to stderr at level
 * info. */
void log_setup(FILE *stream, enum log_level level, bool json);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
