#ifndef COMPONENT_DAEMON_H
#define COMPONENT_DAEMON_H

#include "component/gateway_config.h"

/* `run`: the main process, from reading the configuration to its clean end. Returns the
 * exit status. */
int daemon_run(const char *config_path, gateway_config_missing_fn *missing);

#endif
