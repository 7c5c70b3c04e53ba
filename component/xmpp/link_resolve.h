#ifndef COMPONENT_XMPP_LINK_RESOLVE_H
#define COMPONENT_XMPP_LINK_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Looks a host name up without holding up the loop: a child process asks the system's
 * resolver and writes the addresses to a pipe.
 */
#define RESOLVE_ADDRESSES_MAX 8
#define RESOLVE_ADDRESS_SIZE 64
#define RESOLVE_TIMEOUT_MS (10 * 1000)

/* Numeric addresses, in the order in which they are to be tried. */
struct addresses {
	size_t n;
	char text[RESOLVE_ADDRESSES_MAX][RESOLVE_ADDRESS_SIZE];
};

struct resolver {
	pid_t child; // 0: none
	int fd;      // owned, the pipe's end for reading; -1 without a child
	int64_t deadline_ms;
	size_t len;
	char text[RESOLVE_ADDRESSES_MAX * RESOLVE_ADDRESS_SIZE];
};

enum resolve_result { RESOLVE_PENDING, RESOLVE_DONE, RESOLVE_FAILED };

/* The addresses of an address literal and of "localhost"; false for any other name. */
bool resolve_literal(const char *host, struct addresses *out_addresses);

void resolver_init(struct resolver *resolver);
/* Begins a look-up; false if no child could be started. None may be under way. */
bool resolver_start(struct resolver *resolver, const char *host, int64_t now_ms);
/* Reads what has come; anything but RESOLVE_PENDING ends the look-up. */
enum resolve_result resolver_turn(
	struct resolver *resolver, int64_t now_ms, struct addresses *out_addresses);
/* Ends a look-up, if there is one. */
void resolver_stop(struct resolver *resolver);

#endif
