#ifndef EXCHANGE_OPERATION_H
#define EXCHANGE_OPERATION_H

#include "exchange/visit.h"

/* What makes an answer other than it should be; all zero for a good one. */
struct twist {
	const char *prolog;  // XML put before the root element, or NULL
	const char *message; // XML put into every m:MessageText, or NULL
	size_t leave_out;    // how many parts of the answer, from the end
};

/*
 * What can be asked of the service: each is a file op_NAME.c and a line of the
 * table in operations.c. The visit has the request: its header in
 * visit->envelope, the mailboxes that it is about in visit->roll, and in
 * visit->asked what the operation keeps of it.
 */
struct operation {
	const char *name;    // in counters and in fault?operation=
	const char *element; // of m:, the child of the body

	/* Reads the element; it may set visit->asked (malloc), and add the mailboxes
	 * to visit->roll: one that adds none is about the impersonated mailbox. The
	 * document is there during this call only. False with a fault: refused as a
	 * whole. */
	bool (*read)(struct visit *visit, const xmlNode *element,
		struct soap_fault *out_fault);
	/* Does what was asked and writes the child of the body of the answer. What
	 * the twist says may be ignored, but for its prolog, which is not for this.
	 */
	void (*put)(struct visit *visit, const struct twist *twist, struct buf *out);
	/* Instead of put: the HTTP answer, which is no single message. Or NULL. */
	enum MHD_Result (*reply)(struct visit *visit);
	/* A good answer has gone, to the last byte. Or NULL. */
	void (*done)(struct visit *visit);
	/* Frees what visit->asked (may be NULL) owns besides itself. Or NULL. */
	void (*finish)(void *asked);
};

extern const struct operation op_availability;
extern const struct operation op_find_item;
extern const struct operation op_mailtips;
extern const struct operation op_oof_settings;
extern const struct operation op_streaming;
extern const struct operation op_subscribe;
extern const struct operation op_unsubscribe;

/* NULL: there is no such operation here. */
const struct operation *operation_of(const xmlNode *element);
/* Its number in stats.operations. */
size_t operation_number(const struct operation *operation);
/* By name; false: none. */
bool operation_find(const char *name, size_t *out_number);
const char *operation_name(size_t number); // NULL after the last one

#endif
