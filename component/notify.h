#ifndef COMPONENT_NOTIFY_H
#define COMPONENT_NOTIFY_H

#include <stdint.h>

/*
 * What the service manager is told: assignments as sd_notify(3) has them, in a datagram
 * to $NOTIFY_SOCKET. Its protocol is a few lines and promised to stay; its library is not
 * needed for them.
 */

/* Does nothing where nobody wants to know. */
void notify(const char *assignments);
/* How often it wants to hear WATCHDOG=1 so as not to take us for hung: half of what it
 * allows (sd_watchdog_enabled(3)). 0: never. */
int64_t notify_watchdog_ms(void);

#endif
