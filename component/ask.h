#ifndef COMPONENT_ASK_H
#define COMPONENT_ASK_H

#include <stdbool.h>

/* `status`, `why`, `reload` and `forget`. */
struct ask {
	const char *command;
	const char *jid; // may be NULL
	bool json;
	bool dry_run; // of reload
	bool force;
};

/* Asks the running daemon over its control socket and prints the answer. Returns the exit
 * status: that of `status` says whether somebody has to act. */
int ask_daemon(const char *config_path, const struct ask *ask);

#endif
