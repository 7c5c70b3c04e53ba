#include "base/url.h"

#include "base/parse.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

bool url_is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return (ntohl(v4.s_addr) >> 24) == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return strcasecmp(host, "localhost") == 0;
}

bool url_is_within(const char *host, const char *domain)
{
	size_t n = strlen(host);
	size_t suffix = strlen(domain);

	if (suffix == 0 || n < suffix || strcasecmp(host + n - suffix, domain) != 0)
		return false;
	return n == suffix || host[n - suffix - 1] == '.';
}

/* The length of the host in host:port or [host]:port of n bytes, brackets included; 0 if
 * it is none. */
static size_t host_length(const char *text, size_t n)
{
	size_t length;
	int64_t port;

	if (n > 0 && text[0] == '[') {
		const char *end = memchr(text, ']', n);

		length = end ? (size_t)(end - text) + 1 : 0;
	} else {
		const char *end = memchr(text, ':', n);

		length = end ? (size_t)(end - text) : n;
	}
	if (length == 0 || length == n)
		return length;
	if (text[length] != ':' ||
		!parse_int64(text + length + 1, n - length - 1, 1, 65535, &port))
		return 0;
	return length;
}

static bool is_host_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
	       c == '_';
}

static bool take_host(const char *text, size_t n, char out_host[URL_HOST_SIZE])
{
	char host[URL_HOST_SIZE];
	struct in6_addr v6;
	bool is_literal = text[0] == '[';

	if (is_literal) {
		text++;
		n -= 2;
	}
	if (n == 0 || n >= sizeof(host))
		return false;
	bool is_name = true;
	for (size_t i = 0; i < n; i++) {
		bool is_upper = text[i] >= 'A' && text[i] <= 'Z';

		host[i] = (char)(is_upper ? text[i] + 'a' - 'A' : text[i]);
		is_name = is_name && is_host_char(host[i]);
	}
	host[n] = '\0';
	if (is_literal ? inet_pton(AF_INET6, host, &v6) != 1 : !is_name)
		return false;
	memcpy(out_host, host, n + 1);
	return true;
}

const char *url_parse(const char *text, struct url *out_url)
{
	bool is_tls = strncasecmp(text, "https://", 8) == 0;

	if (!is_tls && strncasecmp(text, "http://", 7) != 0)
		return "is not a URL that begins with https: or http:";
	for (const char *c = text; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~' || *c == '#' || *c == '\\')
			return "holds a character that a URL cannot have";
	const char *authority = text + (is_tls ? 8 : 7);
	size_t n = strcspn(authority, "/?");
	if (memchr(authority, '@', n))
		return "holds a user name, which has a key of its own";
	size_t length = host_length(authority, n);
	if (length == 0 || !take_host(authority, length, out_url->host))
		return "names no host and port that could be";
	out_url->tls = is_tls;
	out_url->path = authority + n;
	return NULL;
}
