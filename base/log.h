#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdio.h>

/*
 * The program's only logger. A message is lower case, says what happened in words that an
 * administrator can act on, and ends in key=value pairs; JIDs and paths stand in quotes.
 * error: someone must act. warning: degraded, we go on and say how. info: state changes.
 * debug: everything else. No subject, location, body, secret or token at any level.
 * Every function leaves errno as it was.
 */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* stream is borrowed. json: one object a line {"time","level","message"}; else text with
 * the time in UTC. Before the first call messages go to stderr at level info. */
void log_setup(FILE *stream, enum log_level level, bool json);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
