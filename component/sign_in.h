#ifndef COMPONENT_SIGN_IN_H
#define COMPONENT_SIGN_IN_H

/* `login GATEWAY`: lets somebody sign in for a gateway with flow = "device_code", and
 * prints what has to be done. Returns the exit status. */
int sign_in(const char *config_path, const char *gateway);

#endif
