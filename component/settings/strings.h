#ifndef COMPONENT_SETTINGS_STRINGS_H
#define COMPONENT_SETTINGS_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

/* By strcmp, for qsort() and bsearch(): of texts, or of structs whose first member is
 * one.
 */
int config_strings_compare(const void *left, const void *right);
/* Sorts texts by strcmp, keeps one of equals, and tells how many are left. */
size_t config_strings_sort(const char **texts, size_t n);
/* Whether sorted texts have this one. */
bool config_strings_have(const char *const *texts, size_t n, const char *text);

#endif
