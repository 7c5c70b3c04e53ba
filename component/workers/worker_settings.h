#ifndef COMPONENT_WORKERS_WORKER_SETTINGS_H
#define COMPONENT_WORKERS_WORKER_SETTINGS_H

#include "base/secret.h"
#include "ews/gateway.h"

/* A gateway's configuration, kept for each new worker process. */
struct worker_settings {
	struct gateway_configure configure; // points into the two below
	char *texts;                        // owned
	struct secret password;
};

/* Copies. -1 when out of memory; to be finished in any case. */
int worker_settings_init(struct worker_settings *settings,
	const struct gateway_configure *configure) __attribute__((warn_unused_result));
void worker_settings_finish(struct worker_settings *settings);

#endif
