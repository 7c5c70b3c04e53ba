#ifndef EXCHANGE_ARGUMENTS_H
#define EXCHANGE_ARGUMENTS_H

#include "exchange/visit.h"

/* The arguments of a command. */

/* NULL: absent. */
const char *argument(const struct visit *visit, const char *name);
bool argument_number(const char *text, int64_t min, int64_t *out_value);
/* False where it is wrong; these leave the value alone where the argument is absent. */
bool argument_optional(
	const struct visit *visit, const char *name, int64_t min, int64_t *out_value);
bool argument_copy(
	const struct visit *visit, const char *name, char *out_text, size_t size);
void argument_flag(const struct visit *visit, const char *name, bool *out_flag);

/* A status, with the reason in the answer. */
unsigned argument_wrong(struct buf *out, const char *why);

#endif
