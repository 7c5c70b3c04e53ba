#ifndef COMPONENT_SETTINGS_TEXTS_H
#define COMPONENT_SETTINGS_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

/* Sorts texts by strcmp, keeps one of equals, and tells how many are left. */
size_t config_texts_sort(const char **texts, size_t n);
/* Whether sorted texts have this one. */
bool config_texts_have(const char *const *texts, size_t n, const char *text);

#endif
