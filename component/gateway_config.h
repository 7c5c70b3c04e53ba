#ifndef COMPONENT_GATEWAY_CONFIG_H
#define COMPONENT_GATEWAY_CONFIG_H

#include "component/settings/config.h"
#include "gateway/protocol/messages.h"

/* What the worker of a gateway is told of the configuration, to which the texts belong.
 */
struct gateway_configure gateway_config_of(
	const struct config *config, const struct config_gateway *gateway);

/* What the libraries of this machine lack for a gateway, as the end of a sentence; NULL:
 * nothing. Handed in, since nothing but the worker process knows these libraries. */
typedef const char *gateway_config_missing_fn(const struct gateway_configure *configure);

/* Reads a configuration as config_load() does; what a gateway asks for in vain is an
 * error with its line. */
struct config *gateway_config_load(const char *path, uint64_t generation,
	gateway_config_missing_fn *missing, struct config_errors *errors)
	__attribute__((warn_unused_result));

#endif
