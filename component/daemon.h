#ifndef COMPONENT_DAEMON_H
#define COMPONENT_DAEMON_H

/* `run`: the main process, from reading the configuration to its clean end. Returns the
 * exit status. */
int daemon_run(const char *config_path);

#endif
