#include "ews/places/search.h"

#include "base/parse.h"
#include "ews/places/search_rules.h"
#include "ews/soap/soap.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct search *search_create(const struct search_settings *settings, const char *address)
{
	struct search *search = calloc(1, sizeof *search);
	const char *at = strrchr(address, '@');
	if (!search)
		return NULL;
	search->settings = settings;
	search->addresses[0] = strdup(address);
	search->n_addresses = 1;
	if (!search->addresses[0]) {
		search_destroy(search);
		return NULL;
	}
	(void)snprintf(search->domain, sizeof search->domain, "%s", at ? at + 1 : "");
	if (!parse_is_mail_address(address)) {
		search->state = SEARCH_UNKNOWN;
		(void)snprintf(search->text, sizeof search->text, "no mail address");
	}
	return search;
}

static void forget(char **texts, unsigned *n)
{
	while (*n > 0)
		free(texts[--*n]);
}

void search_destroy(struct search *search)
{
	if (!search)
		return;
	forget(search->addresses, &search->n_addresses);
	forget(search->visited, &search->n_visited);
	forget(search->dead, &search->n_dead);
	free(search);
}

/* ------------------------------------------------------------------ memory */

static bool has(char *const *texts, unsigned n, const char *text)
{
	for (unsigned i = 0; i < n; i++)
		if (strcasecmp(texts[i], text) == 0)
			return true;
	return false;
}

/* Without memory or room for it the search would never end, so it ends. */
static void add(struct search *search, char **texts, unsigned *n, const char *text)
{
	char *copy = *n < SEARCH_REQUESTS_MAX ? strdup(text) : NULL;
	if (copy)
		texts[(*n)++] = copy;
	else
		search->n_requests = SEARCH_REQUESTS_MAX;
}

/* Adds why the request that was made last did not do. */
__attribute__((format(printf, 2, 3))) static void note(
	struct search *search, const char *format, ...)
{
	static const char *const methods[] = {
		[AUTODISCOVER_JSON] = "v2",
		[AUTODISCOVER_SOAP] = "SOAP",
		[AUTODISCOVER_POX] = "POX",
		[AUTODISCOVER_HTTP] = "http",
	};
	struct url url;
	char raw[512];
	char why[160];
	va_list arguments;
	va_start(arguments, format);
	(void)vsnprintf(raw, sizeof raw, format, arguments);
	va_end(arguments);
	soap_copy_line(why, sizeof why, raw, strlen(raw));
	size_t used = strlen(search->text);
	if (!url_parse(search->target, &url))
		(void)snprintf(search->text + used, sizeof search->text - used,
			"%s%.80s (%s): %s", used > 0 ? "; " : "", url.host,
			methods[search->method], why);
}

static void give_up_host(struct search *search)
{
	struct url url;
	if (!url_parse(search->target, &url))
		add(search, search->dead, &search->n_dead, url.host);
}

/* ------------------------------------------------------------------ what is next */

/* One URL may be asked in two ways. */
static bool is_new(struct search *search)
{
	char key[AUTODISCOVER_URL_SIZE + 8];
	(void)snprintf(key, sizeof key, "%d %s", (int)search->method, search->target);
	if (has(search->visited, search->n_visited, key))
		return false;
	add(search, search->visited, &search->n_visited, key);
	return true;
}

/* A host that has no https may still redirect without it. */
static bool may_answer(const struct search *search)
{
	struct url url;
	return !url_parse(search->target, &url) &&
	       (search->method == AUTODISCOVER_HTTP ||
		       !has(search->dead, search->n_dead, url.host));
}

/* The next thing to ask, in `method` and `target`. */
static bool pick(struct search *search)
{
	const char *address = search->addresses[search->n_addresses - 1];
	if (search->waiting) {
		search->waiting = false;
		return true;
	}
	search->redirected = false;
	search->busy = 0;
	while (search_candidate(
		search, search->candidate, address, &search->method, search->target)) {
		search->candidate++;
		if (search->target[0] && may_answer(search) && is_new(search))
			return true;
	}
	return false;
}

static bool needs_credentials(const struct search *search)
{
	return search->method == AUTODISCOVER_SOAP || search->method == AUTODISCOVER_POX;
}

/* Whether what was picked may be asked with what it needs. */
static bool is_allowed(struct search *search)
{
	struct url url;
	if (url_parse(search->target, &url))
		return false;
	if (!needs_credentials(search) ||
		search_may_tell(search, url.host, search->redirected))
		return true;
	search->foreign = true;
	note(search, "may not be told who we are; if it may, add it to "
		     "autodiscover_hosts");
	return false;
}

bool search_next(
	struct search *search, int64_t now_ms, struct search_request *out_request)
{
	assert(!search->out);
	if (search->state != SEARCH_ON || search->due_ms > now_ms)
		return false;
	while (search->n_requests < SEARCH_REQUESTS_MAX && pick(search)) {
		if (!is_allowed(search))
			continue;
		search->n_requests++;
		search->out = true;
		*out_request = (struct search_request){.method = search->method,
			.url = search->target,
			.address = search->addresses[search->n_addresses - 1],
			.anonymous = !needs_credentials(search)};
		return true;
	}
	search->state = search->foreign   ? SEARCH_ELSEWHERE
			: search->unknown ? SEARCH_UNKNOWN
					  : SEARCH_FAILED;
	return false;
}

/* ------------------------------------------------------------------ what came of it */

static void follow(struct search *search, const char *where)
{
	struct url from;
	struct url to;
	enum autodiscover_method method =
		search->method == AUTODISCOVER_HTTP ? AUTODISCOVER_POX : search->method;
	bool ended = search->hops++ >= SEARCH_HOPS_MAX;
	if (ended || strlen(where) >= sizeof search->target || url_parse(where, &to)) {
		note(search, ended ? "too many redirections" : "redirects to no URL");
	} else if (!search_may_ask(&to)) {
		note(search, "redirects to plain http at %.80s", to.host);
	} else if (!search_is_service(to.path, &method)) {
		note(search, "redirects to a page of %.80s that is no Autodiscover",
			to.host);
	} else {
		bool stays = !url_parse(search->target, &from) &&
			     search->method != AUTODISCOVER_HTTP &&
			     strcmp(from.host, to.host) == 0;
		char left[URL_HOST_SIZE];
		memcpy(left, to.host, sizeof left);
		search->redirected = search->redirected || !stays;
		char target[AUTODISCOVER_URL_SIZE];
		autodiscover_keep(target, where, strlen(where));
		note(search, "redirects to %.80s", left);
		memcpy(search->target, target, sizeof target);
		search->method = method;
		search->waiting = may_answer(search) && is_new(search);
		if (!search->waiting)
			note(search, "was asked before");
	}
}

static void change_address(struct search *search, const char *address)
{
	if (!parse_is_mail_address(address) ||
		has(search->addresses, search->n_addresses, address) ||
		search->n_addresses == SEARCH_ADDRESSES_MAX) {
		note(search, "redirects the address in a circle, or to none");
		return;
	}
	char *copy = strdup(address);
	if (!copy) {
		search->n_requests = SEARCH_REQUESTS_MAX;
		return;
	}
	note(search, "redirects to another address");
	search->addresses[search->n_addresses++] = copy;
	search->candidate = 0;
	forget(search->visited, &search->n_visited);
}

/* The URL of EWS gets our credentials with the next request. */
static void settle(struct search *search, const struct autodiscover_answer *answer)
{
	for (size_t i = 0; i < 2; i++) {
		struct url url;
		if (!answer->urls[i][0] || url_parse(answer->urls[i], &url) ||
			!search_may_ask(&url))
			continue;
		if (search_may_tell(search, url.host, search->redirected)) {
			memcpy(search->url, answer->urls[i], sizeof search->url);
			search->state = SEARCH_FOUND;
			return;
		}
		search->foreign = true;
		note(search,
			"the mailbox is at %.80s, which may not be told who we are; "
			"if it may, add it to autodiscover_hosts",
			url.host);
	}
	if (!search->foreign)
		note(search, "names no usable URL");
}

/* Whether the same is to be asked once more, later. */
static bool waits(struct search *search, const struct transfer *transfer, int64_t now_ms)
{
	if (search->busy++ >= SEARCH_BUSY_MAX)
		return false;
	int64_t wait_ms = transfer->retry_after_ms;
	search->due_ms = now_ms + (wait_ms > 0 ? wait_ms : SEARCH_BUSY_MS);
	search->waiting = true;
	return true;
}

static int read_body(struct search *search, const char *body, size_t n,
	struct autodiscover_answer *answer)
{
	*answer = (struct autodiscover_answer){.kind = AUTODISCOVER_NOTHING};
	if (!body)
		return 0;
	switch (search->method) {
	case AUTODISCOVER_JSON:
		return autodiscover_read_json(body, n, answer);
	case AUTODISCOVER_SOAP:
		return autodiscover_read_soap(body, n, answer);
	case AUTODISCOVER_POX:
		return autodiscover_read_pox(body, n, answer);
	case AUTODISCOVER_HTTP:
		break;
	}
	return 0;
}

static void take(struct search *search, const struct transfer *transfer, const char *body,
	size_t n, int64_t now_ms)
{
	struct autodiscover_answer answer;
	if (read_body(search, body, n, &answer)) {
		note(search, "out of memory");
		return;
	}
	switch (answer.kind) {
	case AUTODISCOVER_FOUND:
		settle(search, &answer);
		return;
	case AUTODISCOVER_REDIRECT_URL:
		follow(search, answer.urls[0]);
		return;
	case AUTODISCOVER_REDIRECT_ADDRESS:
		change_address(search, answer.urls[0]);
		return;
	case AUTODISCOVER_UNKNOWN:
		search->unknown = true;
		note(search, "does not know the address");
		give_up_host(search);
		return;
	case AUTODISCOVER_BUSY:
		if (!waits(search, transfer, now_ms))
			note(search, "is busy");
		return;
	case AUTODISCOVER_NOTHING:
		note(search, "%s", answer.text[0] ? answer.text : "says nothing");
		return;
	}
}

static const char *why_broken(enum transfer_result result)
{
	switch (result) {
	case TRANSFER_TLS:
		return "its certificate was refused";
	case TRANSFER_OURS:
		return "it wants a certificate of ours";
	case TRANSFER_PROXY:
		return "the proxy refused";
	case TRANSFER_TIMEOUT:
		return "no answer in time";
	case TRANSFER_TOO_BIG:
		return "the answer is too big";
	case TRANSFER_CUT:
		return "the connection broke";
	case TRANSFER_UNREACHABLE:
	case TRANSFER_ANSWERED:
		break;
	}
	return "cannot be reached";
}

void search_undone(struct search *search)
{
	assert(search->out);
	search->out = false;
	search->waiting = true;
	search->n_requests--;
}

void search_failed(struct search *search, const char *why)
{
	assert(search->out);
	search->out = false;
	note(search, "%s", why);
	give_up_host(search);
}

void search_done(struct search *search, const struct transfer *transfer, const char *body,
	size_t n, int64_t now_ms)
{
	long status = transfer->status;
	assert(search->out);
	search->out = false;
	if (transfer->result != TRANSFER_ANSWERED) {
		note(search, "%s", why_broken(transfer->result));
		if (search->method != AUTODISCOVER_HTTP)
			give_up_host(search);
	} else if (status >= 300 && status < 400 && transfer->location[0]) {
		follow(search, transfer->location);
	} else if ((status == 429 || status == 503) && waits(search, transfer, now_ms)) {
		return;
	} else if (status == 200 && search->method != AUTODISCOVER_HTTP) {
		take(search, transfer, body, n, now_ms);
	} else if (status == 401 && needs_credentials(search)) {
		/* The same password again would only lock the account sooner. */
		note(search, "the log-on was refused");
		give_up_host(search);
	} else {
		note(search, "HTTP %ld", status);
	}
}
