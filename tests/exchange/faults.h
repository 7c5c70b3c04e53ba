#ifndef EXCHANGE_FAULTS_H
#define EXCHANGE_FAULTS_H

#include "exchange/roll.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What can be ordered instead of, or on top of, a good answer. README.md describes them.
 */
enum fault_kind {
	FAULT_NONE,
	FAULT_STATUS, // an HTTP status with a short body or none
	FAULT_SOAP,   // a SOAP fault with any code
	FAULT_HTML,
	FAULT_ASP,
	FAULT_EMPTY,
	FAULT_GARBAGE,
	FAULT_CUT,
	FAULT_DRIP,
	FAULT_SLOW,
	FAULT_HANG,
	FAULT_DROP,
	FAULT_WRONG_COUNT,
	FAULT_INVALID_CHARS,
	FAULT_LAUGHS,
	FAULT_OVERSIZED,
	FAULT_GZIP_DECLARED,
};

enum {
	FAULTS_MAX = 64,
	FAULT_WORD = 64,
	FAULT_ADDRESS = 400,
	FAULT_LOCATION = 1024,
};

struct fault {
	enum fault_kind kind;
	unsigned status;
	int64_t left;     // how many more times; -1: until cleared
	int64_t delay_ms; // before the answer; between two drips
	int64_t bytes;    // of a drip, of an oversized body
	char code[FAULT_WORD];
	char backoff[FAULT_WORD];        // empty: none
	char retry_after[FAULT_WORD];    // empty: none
	char location[FAULT_LOCATION];   // of a status; empty: none
	char diagnostics[FAULT_ADDRESS]; // likewise, x-ms-diagnostics
	char mailbox[FAULT_ADDRESS];     // only for requests that ask for it; empty: all
	char operation[FAULT_WORD];      // only for requests of its name; empty: all
};

struct faults {
	struct fault queue[FAULTS_MAX];
	size_t count;
};

/* Sets the kind and what goes with it by default; false if there is no such kind. */
bool faults_describe(const char *name, struct fault *out_fault);
bool faults_order(struct faults *faults, const struct fault *fault);
void faults_clear(struct faults *faults);

/* Takes the first one that fits a request of this operation (NULL: unknown) for
 * these mailboxes; kind FAULT_NONE if none. */
struct fault faults_take(
	struct faults *faults, const char *operation, const struct roll *roll);

#endif
