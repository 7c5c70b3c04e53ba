#include "gateway/auth/ticket.h"

void ticket_init(struct ticket *ticket)
{
	*ticket = (struct ticket){
		.half_ms = INT64_MIN, .end_ms = INT64_MIN, .again_ms = INT64_MIN};
}

bool ticket_is_due(const struct ticket *ticket, int64_t now_ms)
{
	return now_ms >= ticket->again_ms;
}

bool ticket_may_block(const struct ticket *ticket, int64_t now_ms)
{
	return now_ms >= ticket->half_ms && now_ms < ticket->end_ms;
}

void ticket_came(struct ticket *ticket, uint32_t life_s, int64_t now_ms)
{
	ticket->half_ms = now_ms + life_s * INT64_C(500);
	ticket->end_ms = now_ms + life_s * INT64_C(1000);
	ticket->again_ms = ticket->half_ms;
}

bool ticket_serves(struct ticket *ticket, int64_t now_ms)
{
	if (now_ms >= ticket->end_ms)
		return false;
	ticket->again_ms = now_ms + TICKET_AGAIN_MS < ticket->end_ms
				   ? now_ms + TICKET_AGAIN_MS
				   : ticket->end_ms;
	return true;
}
