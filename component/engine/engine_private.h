#ifndef COMPONENT_ENGINE_ENGINE_PRIVATE_H
#define COMPONENT_ENGINE_ENGINE_PRIVATE_H

#include "component/engine/engine.h"
#include "component/people/people.h"

/* Shared by the files of this folder. */
struct engine {
	struct people people; // first
	struct engine_ports ports;
	struct timer housekeeping; // monotonic
};

#endif
