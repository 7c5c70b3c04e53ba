#ifndef COMPONENT_CTL_H
#define COMPONENT_CTL_H

#include <stdbool.h>

/* The command line. */
struct ctl {
	const char *config;  // the path of the file
	const char *command; // "-n", "run", ...
	const char *name;    // a JID, or a gateway; may be NULL
	bool json;
	bool dry_run; // of reload
	bool force;
};

/* All return the exit status, and say on standard error what is wrong with the
 * configuration. */

/* `-n`: checks the configuration. */
int ctl_check(const struct ctl *ctl);
/* `status`, `why`, `reload` and `forget`: asks the running daemon over its control socket
 * and prints the answer. The exit status of `status` says whether somebody has to act. */
int ctl_ask(const struct ctl *ctl);
/* `login GATEWAY`: lets somebody sign in for a gateway with flow = "device_code", and
 * prints what has to be done. */
int ctl_login(const struct ctl *ctl);

#endif
