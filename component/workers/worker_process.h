#ifndef COMPONENT_WORKERS_WORKER_PROCESS_H
#define COMPONENT_WORKERS_WORKER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct workers;

#define WORKER_HOW_SIZE 64

/* What a worker process runs: this same binary, but for tests of the supervisor. */
struct worker_program {
	const char *path;  // borrowed; NULL: this same binary
	char *const *argv; // borrowed, ends with NULL
};

/* Starts the program with one end of a new socket pair as descriptor 3, our stderr, an
 * environment of what libcurl, Kerberos and the sanitizers read, and no other descriptor.
 * Returns its pid with our end (close-on-exec), or -1 with errno. */
pid_t worker_process_start(const struct worker_program *program, int *out_socket);

/* Whether the process has ended, and how ("was killed by signal 9"). Never waits. */
bool worker_process_reap(pid_t pid, char out_how[WORKER_HOW_SIZE]);

/* For tests: what to run instead. The strings are borrowed. */
void workers_set_program(struct workers *workers, const struct worker_program *program);

#endif
