#include "gateway/auth/tickets.h"

#include "base/url.h"

#include <stdlib.h>
#include <string.h>

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

void tickets_finish(struct tickets *tickets)
{
	for (unsigned i = 0; i < tickets->n; i++)
		free(tickets->hosts[i].name);
	*tickets = (struct tickets){0};
}

static struct tickets_host *room(struct tickets *tickets)
{
	struct tickets_host *first = tickets->hosts;
	if (tickets->n < TICKETS_MAX)
		return &tickets->hosts[tickets->n++];
	for (unsigned i = 1; i < tickets->n; i++)
		if (tickets->hosts[i].ticket.again_ms < first->ticket.again_ms)
			first = &tickets->hosts[i];
	free(first->name);
	return first;
}

struct ticket *tickets_for(struct tickets *tickets, const char *url)
{
	struct url at;
	if (url_parse(url, &at))
		at.host[0] = '\0'; // Kerberos has the words for that
	for (unsigned i = 0; i < tickets->n; i++) {
		struct tickets_host *host = &tickets->hosts[i];
		if (strcmp(host->name, at.host) == 0)
			return &host->ticket;
	}
	char *copy = strdup(at.host);
	if (!copy)
		return NULL;
	struct tickets_host *host = room(tickets);
	host->name = copy;
	ticket_init(&host->ticket);
	return &host->ticket;
}

bool tickets_may_block(const struct tickets *tickets, int64_t now_ms)
{
	for (unsigned i = 0; i < tickets->n; i++)
		if (ticket_may_block(&tickets->hosts[i].ticket, now_ms))
			return true;
	return false;
}
