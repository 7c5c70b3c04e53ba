#ifndef GATEWAY_PROTOCOL_SETTINGS_H
#define GATEWAY_PROTOCOL_SETTINGS_H

#include "base/secret.h"
#include "gateway/protocol/messages.h"

#include <stddef.h>

/* The texts of a gateway's settings, secrets aside, by number: what has to be done with
 * each of them is done in one loop. */
#define GATEWAY_TEXTS ((size_t)27)

const char *gateway_text(const struct gateway_configure *configure, size_t i);
void gateway_set_text(struct gateway_configure *configure, size_t i, const char *text);

/* Settings that own what they point to. */
struct gateway_settings {
	struct gateway_configure configure; // points into those below; no text is NULL
	char *texts;                        // owned
	struct secret password;
	struct secret proxy_password;
};

/* Copies. -1 when out of memory; to be finished in any case. */
int gateway_settings_init(struct gateway_settings *settings,
	const struct gateway_configure *configure) __attribute__((warn_unused_result));
void gateway_settings_finish(struct gateway_settings *settings);

#endif
