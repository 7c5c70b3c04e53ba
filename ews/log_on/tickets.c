#include "ews/log_on/tickets.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

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
	const char *name = strstr(url, "://");
	name = name ? name + 3 : url;
	size_t n = strcspn(name, ":/");
	for (unsigned i = 0; i < tickets->n; i++) {
		struct tickets_host *host = &tickets->hosts[i];
		if (strlen(host->name) == n && strncasecmp(host->name, name, n) == 0)
			return &host->ticket;
	}
	char *copy = strndup(name, n);
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
