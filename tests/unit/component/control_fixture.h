#ifndef TESTS_UNIT_COMPONENT_CONTROL_FIXTURE_H
#define TESTS_UNIT_COMPONENT_CONTROL_FIXTURE_H

#include "component/control/control.h"

/* A control socket in a folder of its own that answers with what it was asked. */
struct fixture {
	char folder[64];
	char path[100];
	struct control *control;
	size_t answered;
	size_t body_size; // 0: a line that says what was asked
};

int control_fixture_set_up(void **state);
int control_fixture_tear_down(void **state);
/* As set_up does; NULL with the reason. */
struct control *control_fixture_create(
	struct fixture *fixture, char *out_error, size_t size);

/* One turn of a loop that also waits for fd; whether fd can be read. */
bool turn(struct control *control, int fd);
/* Serves until the other end of fd is closed; what came is NUL-terminated in out_text. */
void serve_until_closed(struct control *control, int fd, char *out_text, size_t size);
int connect_raw(const struct fixture *fixture);
void say(int fd, const char *text);
/* Sends a request as it is and returns the whole answer. */
const char *exchange(struct fixture *fixture, const char *request);
/* Asks through the client, in a process of its own: "STATUS LENGTH BODY", cut. */
const char *ask(struct fixture *fixture, const char *method, const char *target);

void assert_starts(const char *text, const char *start);
void assert_contains(const char *text, const char *part);

#endif
