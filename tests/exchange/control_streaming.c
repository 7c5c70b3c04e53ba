#include "exchange/control_streaming.h"

#include "exchange/arguments.h"
#include "exchange/streams.h"

unsigned control_streaming(struct visit *visit, struct buf *out)
{
	struct streaming_rules rules = visit->sim->streaming.rules;

	if (!argument_optional(visit, "heartbeat", 0, &rules.heartbeat_ms) ||
		!argument_optional(visit, "connection", 0, &rules.connection_ms) ||
		!argument_optional(visit, "connections", 0, &rules.connections) ||
		!argument_optional(visit, "subscriptions", 0, &rules.subscriptions) ||
		!argument_optional(visit, "chunk", 0, &rules.chunk) ||
		!argument_optional(visit, "together", 0, &rules.together) ||
		!argument_optional(visit, "expires", 0, &rules.expires_ms))
		return argument_wrong(out,
			"heartbeat=, connection=, connections=, "
			"subscriptions=, chunk=, together= or expires= is wrong");
	argument_flag(visit, "own", &rules.is_own);
	argument_flag(visit, "lazy", &rules.is_lazy);
	argument_flag(visit, "by_schema", &rules.by_schema);
	argument_flag(visit, "envelope2010", &rules.is_2010);
	argument_flag(visit, "silent", &rules.is_silent);
	argument_flag(visit, "buffering", &rules.is_buffering);
	visit->sim->streaming.rules = rules;
	return 200;
}

unsigned control_subscription(struct visit *visit, struct buf *out)
{
	struct sim *sim = visit->sim;
	const char *address = argument(visit, "mailbox");
	const char *code = argument(visit, "error");
	struct subscription *each;
	struct subscription *next;
	unsigned n = 0;

	if (code == NULL)
		return argument_wrong(out, "error= is needed");
	HASH_ITER (hh, sim->streaming.subscriptions, each, next) {
		if (address != NULL &&
			each->mailbox != calendar_find(&sim->calendar, address))
			continue;
		streams_fail(sim, each, code);
		n++;
	}
	buf_printf(out, "%u\n", n);
	return 200;
}

unsigned control_replay(struct visit *visit, struct buf *out)
{
	struct buf *replay = &visit->sim->streaming.replay;

	buf_reset(replay);
	buf_add(replay, visit->body.data, visit->body.len);
	return replay->failed ? argument_wrong(out, "too long") : 200;
}

unsigned control_cut(struct visit *visit, struct buf *out)
{
	(void)out;
	streams_cut(visit->sim);
	return 200;
}

unsigned control_restart(struct visit *visit, struct buf *out)
{
	(void)out;
	streams_restart(visit->sim);
	return 200;
}
