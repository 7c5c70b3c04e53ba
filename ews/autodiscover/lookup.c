#define _GNU_SOURCE /* strcasestr */
#include "ews/autodiscover/lookup.h"

#include "base/line.h"
#include "base/parse.h"
#include "base/url.h"
#include "ews/soap/soap.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Whether requests may go to a URL at all: https, or this machine. */
static bool may_ask(const struct url *url)
{
	return url->tls || url_is_loopback(url->host);
}

static bool is_host_of(const char *host, const char *text)
{
	struct url url;

	return text[0] && !url_parse(text, &url) && strcmp(host, url.host) == 0;
}

/* Whether it is that of one of the gateway's URLs, which has a line of its own. */
static bool is_own(const char *host, const char *urls)
{
	char url[GATEWAY_FIELD_MAX + 1];

	for (; urls[0]; urls += urls[0] == '\n') {
		size_t n = strcspn(urls, "\n");

		(void)snprintf(url, sizeof url, "%.*s", (int)n, urls);
		if (is_host_of(host, url))
			return true;
		urls += n;
	}
	return false;
}

/* An entry of autodiscover_hosts is a host or a domain. */
static bool is_named(const struct lookup_settings *settings, const char *host)
{
	char entry[URL_HOST_SIZE];
	const char *at = settings->hosts;

	if (is_host_of(host, settings->service) || is_host_of(host, settings->cloud) ||
		(settings->own && is_own(host, settings->own)))
		return true;
	for (; at[0]; at += at[0] == ',') {
		size_t n = strcspn(at, ",");

		if (n > 0 && n < sizeof entry) {
			memcpy(entry, at, n);
			entry[n] = '\0';
			if (url_is_within(host, entry))
				return true;
		}
		at += n;
	}
	return false;
}

/* Whether a host may be told who we are. redirected: another host led us there. */
static bool may_tell(const struct lookup *lookup, const char *host, bool redirected)
{
	if (is_named(lookup->settings, host))
		return true;
	/* A redirection may have come from anybody who could lie about a name, and a
	 * password is lost with the first request. */
	if (redirected && lookup->settings->basic)
		return false;
	return url_is_within(host, lookup->domain);
}

/* Whether a path is one of Autodiscover; the method that it tells of is put there, and
 * left where it tells of none. */
static bool is_service(const char *path, enum autodiscover_method *out_method)
{
	static const char folder[] = "/autodiscover/";
	static const char *const files[] = {
		[AUTODISCOVER_JSON] = "autodiscover.json",
		[AUTODISCOVER_SOAP] = "autodiscover.svc",
		[AUTODISCOVER_POX] = "autodiscover.xml",
	};
	char copy[AUTODISCOVER_URL_SIZE];
	size_t n = strcspn(path, "?");

	if (n >= sizeof copy || strncasecmp(path, folder, strlen(folder)) != 0)
		return false;
	memcpy(copy, path, n);
	copy[n] = '\0';
	/* What would lead out of the folder again, as such or escaped. */
	if (strstr(copy, "/.") || strcasestr(copy, "%2e") || strcasestr(copy, "%2f") ||
		strcasestr(copy, "%5c") || strcasestr(copy, "%25"))
		return false;
	for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
		if (strncasecmp(copy + strlen(folder), files[i], strlen(files[i])) == 0)
			*out_method = (enum autodiscover_method)i;
	}
	return true;
}

/* ------------------------------------------------------------------ candidates */

enum where {
	AT_CLOUD,
	AT_DOMAIN,
	AT_AUTODISCOVER,
};

static const struct {
	enum autodiscover_method method;
	enum where where;
} guesses[] = {
	{AUTODISCOVER_JSON, AT_CLOUD},
	{AUTODISCOVER_JSON, AT_DOMAIN},
	{AUTODISCOVER_JSON, AT_AUTODISCOVER},
	{AUTODISCOVER_SOAP, AT_DOMAIN},
	{AUTODISCOVER_POX, AT_DOMAIN},
	{AUTODISCOVER_SOAP, AT_AUTODISCOVER},
	{AUTODISCOVER_POX, AT_AUTODISCOVER},
	{AUTODISCOVER_HTTP, AT_AUTODISCOVER},
};

/* Scheme, host and port of a URL. */
static int origin_length(const char *text)
{
	const char *authority = strstr(text, "//");

	return authority ? (int)(authority + 2 - text + (int)strcspn(authority + 2, "/?"))
			 : 0;
}

static void put_candidate(enum autodiscover_method method, const char *origin, int n,
	const char *address, char out_url[AUTODISCOVER_URL_SIZE])
{
	struct buf buf;

	out_url[0] = '\0';
	if (n == 0)
		return;
	buf_init(&buf, AUTODISCOVER_URL_SIZE - 1);
	buf_add(&buf, origin, (size_t)n);
	switch (method) {
	case AUTODISCOVER_JSON:
		autodiscover_put_query(&buf, address);
		break;
	case AUTODISCOVER_SOAP:
		buf_puts(&buf, "/autodiscover/autodiscover.svc");
		break;
	case AUTODISCOVER_POX:
	case AUTODISCOVER_HTTP:
		buf_puts(&buf, "/autodiscover/autodiscover.xml");
		break;
	}
	if (!buf.failed)
		memcpy(out_url, buf_text(&buf), buf.len + 1);
	buf_finish(&buf);
}

/* Mail domains that are no host names are not made into URLs. */
static bool is_host_name(const char *domain)
{
	char text[GATEWAY_ADDRESS_MAX + 16];
	struct url url;

	(void)snprintf(text, sizeof text, "https://%s/", domain);
	return !url_parse(text, &url) && strcasecmp(url.host, domain) == 0;
}

/* The candidate of this number for an address: its method and URL. False: there is none
 * of this number, and none of any higher one. A candidate that is none for this address
 * is "". */
static bool find_candidate(const struct lookup *lookup, unsigned number,
	const char *address, enum autodiscover_method *out_method,
	char out_url[AUTODISCOVER_URL_SIZE])
{
	static const enum autodiscover_method methods[] = {
		AUTODISCOVER_JSON, AUTODISCOVER_SOAP, AUTODISCOVER_POX};
	const struct lookup_settings *settings = lookup->settings;
	const char *domain = strrchr(address, '@') + 1;
	char origin[GATEWAY_ADDRESS_MAX + 32];

	if (settings->service[0] && strcasecmp(domain, lookup->domain) == 0) {
		if (number >= sizeof methods / sizeof *methods)
			return false;
		*out_method = methods[number];
		put_candidate(*out_method, settings->service,
			origin_length(settings->service), address, out_url);
		return true;
	}
	if (number >= sizeof guesses / sizeof *guesses)
		return false;
	*out_method = guesses[number].method;
	/* At the mail domain itself there is often somebody else's web site. */
	if (guesses[number].where == AT_DOMAIN && *out_method != AUTODISCOVER_JSON &&
		!is_named(settings, domain)) {
		out_url[0] = '\0';
		return true;
	}
	if (guesses[number].where == AT_CLOUD) {
		put_candidate(*out_method, settings->cloud,
			origin_length(settings->cloud), address, out_url);
		return true;
	}
	(void)snprintf(origin, sizeof origin, "%s://%s%s",
		*out_method == AUTODISCOVER_HTTP ? "http" : "https",
		guesses[number].where == AT_AUTODISCOVER ? "autodiscover." : "", domain);
	put_candidate(*out_method, origin, is_host_name(domain) ? (int)strlen(origin) : 0,
		address, out_url);
	return true;
}

struct lookup *lookup_create(const struct lookup_settings *settings, const char *address)
{
	struct lookup *lookup = calloc(1, sizeof *lookup);
	const char *at = strrchr(address, '@');
	if (!lookup)
		return NULL;
	lookup->settings = settings;
	lookup->addresses[0] = strdup(address);
	lookup->n_addresses = 1;
	if (!lookup->addresses[0]) {
		lookup_destroy(lookup);
		return NULL;
	}
	(void)snprintf(lookup->domain, sizeof lookup->domain, "%s", at ? at + 1 : "");
	if (!parse_is_mail_address(address)) {
		lookup->state = LOOKUP_UNKNOWN;
		(void)snprintf(lookup->text, sizeof lookup->text, "no mail address");
	}
	return lookup;
}

static void forget(char **texts, unsigned *n)
{
	while (*n > 0)
		free(texts[--*n]);
}

void lookup_destroy(struct lookup *lookup)
{
	if (!lookup)
		return;
	forget(lookup->addresses, &lookup->n_addresses);
	forget(lookup->visited, &lookup->n_visited);
	forget(lookup->dead, &lookup->n_dead);
	forget(lookup->known, &lookup->n_known);
	free(lookup);
}

/* ------------------------------------------------------------------ memory */

static bool has(char *const *texts, unsigned n, const char *text)
{
	for (unsigned i = 0; i < n; i++)
		if (strcasecmp(texts[i], text) == 0)
			return true;
	return false;
}

/* Without memory or room for it the lookup would never end, so it ends. */
static void add(struct lookup *lookup, char **texts, unsigned *n, const char *text)
{
	char *copy = *n < LOOKUP_REQUESTS_MAX ? strdup(text) : NULL;
	if (copy)
		texts[(*n)++] = copy;
	else
		lookup->n_requests = LOOKUP_REQUESTS_MAX;
}

/* Adds why the request that was made last did not do. */
__attribute__((format(printf, 2, 3))) static void note(
	struct lookup *lookup, const char *format, ...)
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
	line_copy(why, sizeof why, raw, strlen(raw));
	size_t used = strlen(lookup->text);
	if (!url_parse(lookup->target, &url))
		(void)snprintf(lookup->text + used, sizeof lookup->text - used,
			"%s%.80s (%s): %s", used > 0 ? "; " : "", url.host,
			methods[lookup->method], why);
}

static void give_up_host(struct lookup *lookup)
{
	struct url url;
	if (!url_parse(lookup->target, &url))
		add(lookup, lookup->dead, &lookup->n_dead, url.host);
}

/* ------------------------------------------------------------------ what is next */

/* One URL may be asked in two ways. */
static bool is_new(struct lookup *lookup)
{
	char key[AUTODISCOVER_URL_SIZE + 8];
	(void)snprintf(key, sizeof key, "%d %s", (int)lookup->method, lookup->target);
	if (has(lookup->visited, lookup->n_visited, key))
		return false;
	add(lookup, lookup->visited, &lookup->n_visited, key);
	return true;
}

/* A host that has no https may still redirect without it. */
static bool may_answer(const struct lookup *lookup)
{
	struct url url;
	return !url_parse(lookup->target, &url) &&
	       (lookup->method == AUTODISCOVER_HTTP ||
		       !has(lookup->dead, lookup->n_dead, url.host));
}

/* The next thing to ask, in `method` and `target`. */
static bool pick(struct lookup *lookup)
{
	const char *address = lookup->addresses[lookup->n_addresses - 1];
	if (lookup->waiting) {
		lookup->waiting = false;
		return true;
	}
	lookup->redirected = false;
	lookup->busy = 0;
	while (find_candidate(
		lookup, lookup->candidate, address, &lookup->method, lookup->target)) {
		lookup->candidate++;
		if (lookup->target[0] && may_answer(lookup) && is_new(lookup))
			return true;
	}
	return false;
}

static bool needs_credentials(const struct lookup *lookup)
{
	return lookup->method == AUTODISCOVER_SOAP || lookup->method == AUTODISCOVER_POX;
}

/* Whether what was picked may be asked with what it needs. */
static bool is_allowed(struct lookup *lookup)
{
	struct url url;
	if (url_parse(lookup->target, &url))
		return false;
	if (!needs_credentials(lookup) || may_tell(lookup, url.host, lookup->redirected))
		return true;
	lookup->foreign = true;
	note(lookup, "may not be told who we are; if it may, add it to "
		     "autodiscover_hosts");
	return false;
}

/* Whether what was picked takes credentials to where nobody has said that Exchange is. */
static bool has_to_knock(const struct lookup *lookup)
{
	struct url url;
	return needs_credentials(lookup) && !url_parse(lookup->target, &url) &&
	       !is_named(lookup->settings, url.host) &&
	       !has(lookup->known, lookup->n_known, url.host);
}

bool lookup_next(
	struct lookup *lookup, int64_t now_ms, struct lookup_request *out_request)
{
	assert(!lookup->out);
	if (lookup->state != LOOKUP_ON || lookup->due_ms > now_ms)
		return false;
	while (lookup->n_requests < LOOKUP_REQUESTS_MAX && pick(lookup)) {
		if (!is_allowed(lookup))
			continue;
		lookup->n_requests++;
		lookup->out = true;
		lookup->knocks = has_to_knock(lookup);
		*out_request = (struct lookup_request){.method = lookup->method,
			.url = lookup->target,
			.address = lookup->addresses[lookup->n_addresses - 1],
			.anonymous = !needs_credentials(lookup) || lookup->knocks,
			.knocks = lookup->knocks};
		return true;
	}
	lookup->state = lookup->foreign   ? LOOKUP_ELSEWHERE
			: lookup->unknown ? LOOKUP_UNKNOWN
					  : LOOKUP_FAILED;
	return false;
}

/* ------------------------------------------------------------------ what came of it */

static void follow(struct lookup *lookup, const char *where)
{
	struct url from;
	struct url to;
	enum autodiscover_method method =
		lookup->method == AUTODISCOVER_HTTP ? AUTODISCOVER_POX : lookup->method;
	bool ended = lookup->hops++ >= LOOKUP_HOPS_MAX;
	if (ended || strlen(where) >= sizeof lookup->target || url_parse(where, &to)) {
		note(lookup, ended ? "too many redirections" : "redirects to no URL");
	} else if (!may_ask(&to)) {
		note(lookup, "redirects to plain http at %.80s", to.host);
	} else if (!is_service(to.path, &method)) {
		note(lookup, "redirects to a page of %.80s that is no Autodiscover",
			to.host);
	} else {
		bool stays = !url_parse(lookup->target, &from) &&
			     lookup->method != AUTODISCOVER_HTTP &&
			     strcmp(from.host, to.host) == 0;
		char left[URL_HOST_SIZE];
		memcpy(left, to.host, sizeof left);
		lookup->redirected = lookup->redirected || !stays;
		char target[AUTODISCOVER_URL_SIZE];
		autodiscover_keep(target, where, strlen(where));
		note(lookup, "redirects to %.80s", left);
		memcpy(lookup->target, target, sizeof target);
		lookup->method = method;
		lookup->waiting = may_answer(lookup) && is_new(lookup);
		if (!lookup->waiting)
			note(lookup, "was asked before");
	}
}

static void change_address(struct lookup *lookup, const char *address)
{
	if (!parse_is_mail_address(address) ||
		has(lookup->addresses, lookup->n_addresses, address) ||
		lookup->n_addresses == LOOKUP_ADDRESSES_MAX) {
		note(lookup, "redirects the address in a circle, or to none");
		return;
	}
	char *copy = strdup(address);
	if (!copy) {
		lookup->n_requests = LOOKUP_REQUESTS_MAX;
		return;
	}
	note(lookup, "redirects to another address");
	lookup->addresses[lookup->n_addresses++] = copy;
	lookup->candidate = 0;
	forget(lookup->visited, &lookup->n_visited);
}

/* The URL of EWS gets our credentials with the next request. */
static void settle(struct lookup *lookup, const struct autodiscover_answer *answer)
{
	for (size_t i = 0; i < 2; i++) {
		struct url url;
		if (!answer->urls[i][0] || url_parse(answer->urls[i], &url) ||
			!may_ask(&url))
			continue;
		if (may_tell(lookup, url.host, lookup->redirected)) {
			memcpy(lookup->url, answer->urls[i], sizeof lookup->url);
			lookup->state = LOOKUP_FOUND;
			return;
		}
		lookup->foreign = true;
		note(lookup,
			"the mailbox is at %.80s, which may not be told who we are; "
			"if it may, add it to autodiscover_hosts",
			url.host);
	}
	if (!lookup->foreign)
		note(lookup, "names no usable URL");
}

/* Whether the same is to be asked once more, later. */
static bool waits(struct lookup *lookup, const struct transfer *transfer, int64_t now_ms)
{
	if (lookup->busy++ >= LOOKUP_BUSY_MAX)
		return false;
	int64_t wait_ms = transfer->retry_after_ms;
	lookup->due_ms = now_ms + (wait_ms > 0 ? wait_ms : LOOKUP_BUSY_MS);
	lookup->waiting = true;
	return true;
}

static int read_body(struct lookup *lookup, const char *body, size_t n,
	struct autodiscover_answer *answer)
{
	*answer = (struct autodiscover_answer){.kind = AUTODISCOVER_NOTHING};
	if (!body)
		return 0;
	switch (lookup->method) {
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

static void take(struct lookup *lookup, const struct transfer *transfer, const char *body,
	size_t n, int64_t now_ms)
{
	struct autodiscover_answer answer;
	if (read_body(lookup, body, n, &answer)) {
		note(lookup, "out of memory");
		return;
	}
	switch (answer.kind) {
	case AUTODISCOVER_FOUND:
		settle(lookup, &answer);
		return;
	case AUTODISCOVER_REDIRECT_URL:
		follow(lookup, answer.urls[0]);
		return;
	case AUTODISCOVER_REDIRECT_ADDRESS:
		change_address(lookup, answer.urls[0]);
		return;
	case AUTODISCOVER_UNKNOWN:
		lookup->unknown = true;
		note(lookup, "does not know the address");
		give_up_host(lookup);
		return;
	case AUTODISCOVER_BUSY:
		if (!waits(lookup, transfer, now_ms))
			note(lookup, "is busy");
		return;
	case AUTODISCOVER_NOTHING:
		note(lookup, "%s", answer.text[0] ? answer.text : "says nothing");
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

void lookup_undone(struct lookup *lookup)
{
	assert(lookup->out);
	lookup->out = false;
	lookup->waiting = true;
	lookup->n_requests--;
}

void lookup_failed(struct lookup *lookup, const char *why)
{
	assert(lookup->out);
	lookup->out = false;
	note(lookup, "%s", why);
	give_up_host(lookup);
}

/* Somebody is there: the same again with credentials, where it is Exchange. */
static void learn_who(struct lookup *lookup, const struct transfer *transfer)
{
	struct url url;
	if (transfer->exchange && !url_parse(lookup->target, &url)) {
		add(lookup, lookup->known, &lookup->n_known, url.host);
		lookup->waiting = true;
		return;
	}
	note(lookup,
		"is not told who we are: it does not ask for a log-on as Exchange does "
		"(HTTP %ld); if it is one, add it to autodiscover_hosts",
		transfer->status);
	give_up_host(lookup);
}

void lookup_done(struct lookup *lookup, const struct transfer *transfer, const char *body,
	size_t n, int64_t now_ms)
{
	long status = transfer->status;
	assert(lookup->out);
	lookup->out = false;
	if (transfer->result != TRANSFER_ANSWERED) {
		note(lookup, "%s", why_broken(transfer->result));
		if (lookup->method != AUTODISCOVER_HTTP)
			give_up_host(lookup);
	} else if (status >= 300 && status < 400 && transfer->location[0]) {
		follow(lookup, transfer->location);
	} else if ((status == 429 || status == 503) && waits(lookup, transfer, now_ms)) {
		return;
	} else if (lookup->knocks) {
		learn_who(lookup, transfer);
	} else if (status == 200 && lookup->method != AUTODISCOVER_HTTP) {
		take(lookup, transfer, body, n, now_ms);
	} else if (status == 401 && needs_credentials(lookup)) {
		/* The same password again would only lock the account sooner. */
		note(lookup, "the log-on was refused");
		give_up_host(lookup);
	} else {
		note(lookup, "HTTP %ld", status);
	}
}
