#ifndef GATEWAY_STATE_STATE_H
#define GATEWAY_STATE_STATE_H

#include "base/clock.h"
#include "gateway/dispatch/account.h"
#include "gateway/protocol/messages.h"
#include "gateway/request/outcome.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * How a gateway does, as it is told to the main process: health, which follows from the
 * account, the last trouble, counts, and hints, which are said once. No I/O, no clock.
 */
#define STATE_TELL_MS 5000
#define STATE_HINTS_MAX 8 // that wait to be told

struct state {
	const struct account *account; // borrowed
	int64_t interval_ms;           // of polling
	bool refused;                  // state_refuse()
	bool lost;                     // nothing is asked before it is known where
	enum gateway_health health;
	enum gateway_health told_health;
	enum gateway_fault fault;
	enum gateway_fault told_fault;
	char code[64];
	char text[GATEWAY_TEXT_MAX];
	char hint[GATEWAY_TEXT_MAX]; // the one that was told last
	char hints[STATE_HINTS_MAX][GATEWAY_TEXT_MAX];
	unsigned n_hints; // that wait
	char server_version[32];
	int64_t since;
	int64_t last_success;
	int64_t failed_at;   // when fault, code and text were true last
	int64_t trouble_ms;  // likewise, monotonic
	bool trouble_is_new; // since these were looked at
	int64_t told_ms;
	uint64_t n_requests;
	uint64_t n_failed;
	uint64_t n_read; // mailboxes
};

void state_init(struct state *state, const struct account *account, int64_t interval_ms,
	const struct now *now);
/* These settings cannot work: nothing is asked. */
void state_refuse(struct state *state, const char *text);
/* Something holds requests back, or one failed by itself. */
void state_trouble(struct state *state, const struct outcome *outcome);
/* What the server says that it is; "": nothing. */
void state_note_server(struct state *state, const char *version);
/* Something to say once, when the gateway is up; where `told` (may be NULL) is true it
 * has been said. What finds no room is not said. */
void state_hint(struct state *state, bool *told, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Looks how it does now. True: it has come up since the last time. */
bool state_look(struct state *state, const struct now *now);
/* When state_tell() has something to tell at the latest, monotonic. */
int64_t state_due(const struct state *state);
/* True with the state, as far as it is known here, if it has to be told now: it changed,
 * or 5 s are over. Its texts live until the next call. */
bool state_tell(
	struct state *state, const struct now *now, struct gateway_state *out_state);

#endif
