#ifndef GRAPH_CALENDAR_CALLERS_H
#define GRAPH_CALENDAR_CALLERS_H

#include "gateway/protocol/messages.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * In whose name calendars are asked for. Nobody asks Graph anonymously: each getSchedule
 * is made as one mailbox, which has to be there, licensed and in the application's scope,
 * or it fails for everybody in it; and the throttle is that mailbox's. So those that have
 * worked are taken in turn, and one that was refused is left alone for a day, without any
 * harm to its own calendar. No I/O, no clock; times are monotonic, in milliseconds.
 */
#define CALLERS_AT_ONCE 2   // requests as one mailbox; Graph refuses more than four
#define CALLERS_GOOD_MAX 64 // more than are ever needed at once
#define CALLERS_REFUSED_MS INT64_C(86400000)
#define CALLERS_REFUSALS_MAX 5 // different ones by lack of rights: it is the account's

struct caller;

struct callers {
	struct caller *all;   // owned, of uthash: whoever was one, or was refused
	struct caller *fixed; // of the configuration, borrowed from all; NULL: none
	struct caller *good[CALLERS_GOOD_MAX]; // borrowed from all: who has worked
	size_t n_good;
	uint64_t uses;     // requests so far
	unsigned refusals; // by lack of rights since one worked
};

/* fixed: the address of who is always the one; "": nobody. False: out of memory. */
bool callers_init(struct callers *callers, const char *fixed);
void callers_finish(struct callers *callers);

/* Of whom a request is, by number and address. */
struct callers_choice {
	const uint32_t *mailboxes;
	const char *const *addresses;
	size_t n;
};

/* Whose turn it is, for a request about these mailboxes: one that worked, or else one of
 * these. NULL: nobody, before a request is done; or out of memory. To be given back. */
struct caller *callers_take(
	struct callers *callers, const struct callers_choice *choice, int64_t now_ms);
const char *caller_address(const struct caller *caller);

/* What a request as this one taught. It worked; */
void callers_worked(struct callers *callers, struct caller *caller);
/* it was refused, for lack of rights or because there is no such mailbox: whether another
 * one is left for such a request; */
bool callers_refused(struct callers *callers, struct caller *caller, bool by_rights,
	const struct callers_choice *choice, int64_t now_ms);
/* it has to wait: whether somebody else who has worked need not; */
bool callers_paused(
	struct callers *callers, struct caller *caller, int64_t wait_ms, int64_t now_ms);
/* and after that, in each case: the request is done. */
void callers_give_back(struct callers *callers, struct caller *caller);

/* Whether one more request would be refused by callers_take(), whoever it is of. */
bool callers_are_busy(const struct callers *callers);
/* Whether so many were refused and none worked that it cannot be theirs; of n watched. */
bool callers_are_exhausted(const struct callers *callers, size_t n);
/* The mailbox is not watched any more. */
void callers_forget(struct callers *callers, uint32_t mailbox);

#endif
