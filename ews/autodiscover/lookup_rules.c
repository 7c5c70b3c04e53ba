#define _GNU_SOURCE /* strcasestr */
#include "ews/autodiscover/lookup_rules.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool lookup_may_ask(const struct url *url)
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

bool lookup_may_tell(const struct lookup *lookup, const char *host, bool redirected)
{
	if (is_named(lookup->settings, host))
		return true;
	/* A redirection may have come from anybody who could lie about a name, and a
	 * password is lost with the first request. */
	if (redirected && lookup->settings->basic)
		return false;
	return url_is_within(host, lookup->domain);
}

bool lookup_is_service(const char *path, enum autodiscover_method *out_method)
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

bool lookup_candidate(const struct lookup *lookup, unsigned number, const char *address,
	enum autodiscover_method *out_method, char out_url[AUTODISCOVER_URL_SIZE])
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
