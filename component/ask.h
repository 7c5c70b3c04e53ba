#ifndef COMPONENT_ASK_H
#define COMPONENT_ASK_H

#include <stdbool.h>

/* `status`, `why`, `reload` and `forget`: asks the running daemon over its control socket
 * and prints the answer. jid may be NULL. Returns the exit status. */
int ask_daemon(const char *config_path, const char *command, const char *jid, bool json);

#endif
