#ifndef COMPONENT_SETTINGS_PRECHECK_H
#define COMPONENT_SETTINGS_PRECHECK_H

#include "component/settings/errors.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Looks at the text of a configuration before libconfig does, for what cannot be seen
 * afterwards: libconfig 1.5 wraps integers of more than 32 bits without a word, ends the
 * text or a string at a NUL, and opens what @include names.
 */

/* text[n] is a NUL. Notes each integer outside 32 bits as an error and returns true.
 * False, after the one error that makes it so, if libconfig must not see the text. */
bool config_precheck(const char *path, const char *text, size_t n,
	struct config_errors *errors) __attribute__((warn_unused_result));

#endif
