#ifndef COMPONENT_PUBLISH_USER_MODE_H
#define COMPONENT_PUBLISH_USER_MODE_H

#include "component/people/people.h"
#include "component/publish/publish.h"

#include <stdint.h>

/*
 * Publish mode `user`: her own presence, with the calendar's overlay laid on it by the
 * server itself. All that is done here is to tell our module in the server which overlay
 * she has, and until when.
 */
extern const struct publish_mode user_mode;

/* Whether something waits that the module is to be told. */
bool user_mode_is_telling(const struct people *people);

/* Has the module take away at once what it was told of her, as she is forgotten. */
void user_mode_forget(struct person *person);

/* For reports: why the mode is off for a domain, as a sentence; NULL: it is on. */
const char *user_mode_off_reason(const struct domain *domain);
/* The overlay that the module was told of her; NULL: none. until: UTC seconds. */
const struct overlay *user_mode_told(const struct person *person, int64_t *out_until);

#endif
