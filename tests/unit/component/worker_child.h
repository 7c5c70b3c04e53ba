#ifndef TESTS_UNIT_COMPONENT_WORKER_CHILD_H
#define TESTS_UNIT_COMPONENT_WORKER_CHILD_H

/* A worker for tests of its supervisor. It reports its settings and the addresses that it
 * is to watch as texts of its state, and behaves in a manner: "works", "dies", "floods",
 * "talks nonsense", "commands", "does not end",
 * "blocks" (and says so before). Returns the exit status. */
int worker_child(const char *manner);

#endif
