#include "gateway/http/endpoints.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int endpoints_init(struct endpoints *endpoints, const char *urls)
{
	*endpoints = (struct endpoints){.text = strdup(urls), .granted = ENDPOINTS_MAX};
	if (!endpoints->text)
		return -1;
	for (char *url = endpoints->text; url && endpoints->n < ENDPOINTS_MAX;) {
		char *end = strchr(url, '\n');
		endpoints->urls[endpoints->n++] = url;
		if (end)
			*end++ = '\0';
		url = end;
	}
	return 0;
}

void endpoints_finish(struct endpoints *endpoints)
{
	free(endpoints->text);
	*endpoints = (struct endpoints){0};
}

bool endpoints_is_missed(const struct transfer *transfer)
{
	long status = transfer->status;
	switch (transfer->result) {
	case TRANSFER_UNREACHABLE:
	case TRANSFER_TLS:
		return true;
	case TRANSFER_CUT:
		return status == 0;
	case TRANSFER_PROXY:
		return status >= 500;
	case TRANSFER_ANSWERED:
		/* A load balancer without servers; with Retry-After it is Exchange. */
		return status == 502 || status == 504 ||
		       (status == 503 && transfer->retry_after_ms < 0);
	case TRANSFER_TIMEOUT:
	case TRANSFER_OURS:
	case TRANSFER_TOO_BIG:
		break;
	}
	return false;
}

unsigned endpoints_pick(struct endpoints *endpoints, int64_t now_ms)
{
	if (endpoints->current == 0 || now_ms < endpoints->return_ms)
		return endpoints->current;
	endpoints->return_ms = now_ms + ENDPOINTS_RETURN_MS;
	return 0;
}

static void move(struct endpoints *endpoints, unsigned which, int64_t now_ms)
{
	endpoints->current = which;
	endpoints->return_ms = now_ms + ENDPOINTS_RETURN_MS;
}

void endpoints_reached(struct endpoints *endpoints, unsigned which, int64_t now_ms)
{
	assert(which < endpoints->n);
	endpoints->granted = which;
	if (which == 0)
		move(endpoints, 0, now_ms);
	if (endpoints->current != which || endpoints->told == which)
		return;
	(void)snprintf(endpoints->hint, sizeof endpoints->hint,
		which == 0 ? "%.200s answers again: it is asked from now on"
		: endpoints->refused
			? "the preferred url refuses the log-on: %.200s is asked from "
			  "now on"
			: "the preferred url does not answer: %.200s is asked from "
			  "now on",
		endpoints->urls[which]);
	endpoints->refused = false;
	endpoints->told = which;
	endpoints->hinting = true;
}

void endpoints_refused(struct endpoints *endpoints, unsigned which, int64_t now_ms)
{
	assert(which < endpoints->n);
	if (endpoints->n == 1)
		return;
	if (endpoints->granted == which)
		endpoints->granted = ENDPOINTS_MAX;
	if (endpoints->current == which)
		endpoints->current = endpoints->granted < ENDPOINTS_MAX
					     ? endpoints->granted
					     : (which + 1) % endpoints->n;
	endpoints->refused |= which == 0;
	/* Not so soon that it makes too many bad log-ons. */
	endpoints->return_ms = now_ms + ENDPOINTS_REFUSED_MS;
}

/* Where others have moved meanwhile, else the next in order. */
static bool find_untried(
	const struct endpoints *endpoints, unsigned tried, unsigned *out_which)
{
	*out_which = endpoints->current;
	for (unsigned i = 0; tried & (1u << *out_which); i++) {
		if (i == endpoints->n)
			return false;
		*out_which = i;
	}
	return true;
}

bool endpoints_missed(struct endpoints *endpoints, unsigned which, unsigned *tried,
	int64_t now_ms, unsigned *out_which)
{
	assert(which < endpoints->n);
	*tried |= 1u << which;
	bool found = find_untried(endpoints, *tried, out_which);
	if (!found)
		move(endpoints, 0, now_ms);
	else if (endpoints->current == which)
		move(endpoints, *out_which, now_ms);
	return found;
}

const char *endpoints_hint(struct endpoints *endpoints)
{
	if (!endpoints->hinting)
		return NULL;
	endpoints->hinting = false;
	return endpoints->hint;
}
