#ifndef COMPONENT_CONTROL_LISTEN_H
#define COMPONENT_CONTROL_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/un.h>

/* The address of a path; false if it is too long for one. */
bool listen_address(const char *path, struct sockaddr_un *out_address);

/* A listening socket of mode 0660, non-blocking; -1 with a reason in out_error. */
int listen_on(const char *path, char *out_error, size_t error_size);

#endif
