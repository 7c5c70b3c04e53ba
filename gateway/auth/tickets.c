#include "gateway/auth/tickets.h"

#include "base/url.h"

#include <stdlib.h>
#include <string.h>

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
