#ifndef EXCHANGE_POUR_H
#define EXCHANGE_POUR_H

#include "exchange/visit.h"

/* A body that does not simply arrive: its length is announced as total, its bytes are
 * those of the text and spaces behind them, and it ends early where end is less than
 * total. */
struct pour {
	struct visit *visit; // not owned
	struct buf text;     // owned
	uint64_t total;
	uint64_t end;
	uint64_t step;    // bytes at once, 0: any number
	int64_t delay_ms; // between two steps
};

/* Takes the text, also when it fails. */
enum MHD_Result pour_reply(const struct pour *pour, const struct visit_reply *reply);

#endif
