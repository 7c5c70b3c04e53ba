#include "graph/calendar/callers.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1 // what was not added has no table
#include <uthash.h>

#define FIXED_ID 0 // of the one in the configuration; mailboxes count from 1

struct caller {
	uint32_t mailbox;
	bool good;      // it is in callers::good
	bool forgotten; // it goes when it is given back
	unsigned in_flight;
	int64_t refused_ms; // not taken before
	int64_t paused_ms;  // likewise
	uint64_t used;      // a number that grows
	UT_hash_handle hh;
	char address[];
};

static struct caller *find(const struct callers *callers, uint32_t mailbox)
{
	struct caller *caller;
	HASH_FIND(hh, callers->all, &mailbox, sizeof mailbox, caller);
	return caller;
}

static struct caller *add(struct callers *callers, uint32_t mailbox, const char *address)
{
	size_t n = strlen(address) + 1;
	struct caller *caller = calloc(1, sizeof *caller + n);
	if (!caller)
		return NULL;
	caller->mailbox = mailbox;
	caller->refused_ms = caller->paused_ms = INT64_MIN;
	memcpy(caller->address, address, n);
	HASH_ADD(hh, callers->all, mailbox, sizeof caller->mailbox, caller);
	if (caller->hh.tbl)
		return caller;
	free(caller);
	return NULL;
}

static void leave_good(struct callers *callers, struct caller *caller)
{
	size_t i = 0;
	if (!caller->good)
		return;
	while (callers->good[i] != caller)
		i++;
	callers->good[i] = callers->good[--callers->n_good];
	caller->good = false;
}

static void drop(struct callers *callers, struct caller *caller)
{
	leave_good(callers, caller);
	HASH_DEL(callers->all, caller);
	free(caller);
}

bool callers_init(struct callers *callers, const char *fixed)
{
	*callers = (struct callers){0};
	if (fixed[0] == '\0')
		return true;
	callers->fixed = add(callers, FIXED_ID, fixed);
	return callers->fixed;
}

void callers_finish(struct callers *callers)
{
	struct caller *caller;
	struct caller *next;
	HASH_ITER (hh, callers->all, caller, next)
		drop(callers, caller);
}

static bool is_free(const struct caller *caller, int64_t now_ms)
{
	return caller->in_flight < CALLERS_AT_ONCE && caller->refused_ms <= now_ms &&
	       caller->paused_ms <= now_ms;
}

/* Of those that have worked the one that was taken longest ago. */
static struct caller *find_good(const struct callers *callers, int64_t now_ms)
{
	struct caller *best = NULL;
	for (size_t i = 0; i < callers->n_good; i++) {
		struct caller *caller = callers->good[i];
		if (is_free(caller, now_ms) && (!best || caller->used < best->used))
			best = caller;
	}
	return best;
}

static struct caller *find_new(
	struct callers *callers, const struct callers_choice *choice, int64_t now_ms)
{
	struct caller *last = NULL;
	for (size_t i = 0; i < choice->n; i++) {
		struct caller *caller = find(callers, choice->mailboxes[i]);
		if (!caller)
			return add(callers, choice->mailboxes[i], choice->addresses[i]);
		if (is_free(caller, now_ms))
			return caller;
		if (caller->in_flight < CALLERS_AT_ONCE && caller->paused_ms <= now_ms)
			last = caller;
	}
	/* All of them were refused: for want of anybody else one is asked once more. */
	return callers->n_good == 0 ? last : NULL;
}

struct caller *callers_take(
	struct callers *callers, const struct callers_choice *choice, int64_t now_ms)
{
	struct caller *caller = callers->fixed;
	if (!caller) {
		caller = find_good(callers, now_ms);
		if (!caller)
			caller = find_new(callers, choice, now_ms);
	} else if (!is_free(caller, now_ms)) {
		caller = NULL;
	}
	if (!caller)
		return NULL;
	caller->in_flight++;
	caller->used = ++callers->uses;
	return caller;
}

const char *caller_address(const struct caller *caller)
{
	return caller->address;
}

void callers_worked(struct callers *callers, struct caller *caller)
{
	callers->refusals = 0;
	if (!caller->forgotten)
		caller->refused_ms = caller->paused_ms = INT64_MIN;
	if (caller->good || caller->forgotten || callers->n_good == CALLERS_GOOD_MAX)
		return;
	callers->good[callers->n_good++] = caller;
	caller->good = true;
}

static bool has_other(const struct callers *callers, const struct callers_choice *choice,
	int64_t now_ms)
{
	if (callers->n_good > 0)
		return true;
	for (size_t i = 0; i < choice->n; i++) {
		const struct caller *other = find(callers, choice->mailboxes[i]);
		if (!other || is_free(other, now_ms))
			return true;
	}
	return false;
}

bool callers_refused(struct callers *callers, struct caller *caller, bool by_rights,
	const struct callers_choice *choice, int64_t now_ms)
{
	if (caller == callers->fixed)
		return false;
	leave_good(callers, caller);
	caller->refused_ms = now_ms + CALLERS_REFUSED_MS;
	callers->refusals += by_rights;
	return has_other(callers, choice, now_ms);
}

bool callers_paused(
	struct callers *callers, struct caller *caller, int64_t wait_ms, int64_t now_ms)
{
	caller->paused_ms = now_ms + wait_ms;
	return !callers->fixed && find_good(callers, now_ms);
}

void callers_give_back(struct callers *callers, struct caller *caller)
{
	caller->in_flight--;
	if (caller->forgotten && caller->in_flight == 0)
		drop(callers, caller);
}

bool callers_are_busy(const struct callers *callers)
{
	return callers->fixed && callers->fixed->in_flight >= CALLERS_AT_ONCE;
}

bool callers_are_exhausted(const struct callers *callers, size_t n)
{
	unsigned most = n < CALLERS_REFUSALS_MAX ? (unsigned)n : CALLERS_REFUSALS_MAX;
	return callers->n_good == 0 && callers->refusals >= most;
}

void callers_forget(struct callers *callers, uint32_t mailbox)
{
	struct caller *caller = find(callers, mailbox);
	if (!caller || caller == callers->fixed)
		return;
	leave_good(callers, caller);
	caller->refused_ms = INT64_MAX;
	caller->forgotten = true;
	if (caller->in_flight == 0)
		drop(callers, caller);
}
