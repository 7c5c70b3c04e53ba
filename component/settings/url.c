#include "component/settings/canon.h"

#include "base/parse.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

bool config_is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return (ntohl(v4.s_addr) >> 24) == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return strcasecmp(host, "localhost") == 0;
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

/* Whether n bytes are a host of which a URL may speak; puts it there without brackets. */
static bool take_host(const char *text, size_t n, char out_host[JID_SIZE])
{
	char host[JID_SIZE];
	struct in6_addr v6;
	bool is_literal = text[0] == '[';

	if (is_literal) {
		text++;
		n -= 2;
	}
	memcpy(host, text, n);
	host[n] = '\0';
	if (is_literal ? inet_pton(AF_INET6, host, &v6) != 1
		       : config_canon_host(host, out_host) != NULL)
		return false;
	memcpy(out_host, host, n + 1);
	return true;
}

/* Takes an http: or https: URL apart as far as we have to look. */
static const char *check_url(const char *text, bool *out_is_tls, char out_host[JID_SIZE])
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
	if (length == 0 || !take_host(authority, length, out_host))
		return "names no host and port that could be";
	*out_is_tls = is_tls;
	return NULL;
}

const char *config_canon_url(const char *text, char out_text[JID_SIZE])
{
	char host[JID_SIZE];
	bool is_tls = false;
	const char *problem = check_url(text, &is_tls, host);

	if (problem)
		return problem;
	if (!is_tls && !config_is_loopback(host))
		return "is plain http:, which is for a loopback address only; use https:";
	memcpy(out_text, text, strlen(text) + 1);
	return NULL;
}

const char *config_canon_proxy(const char *text, char out_text[JID_SIZE])
{
	char host[JID_SIZE];
	bool is_tls = false;
	const char *problem = check_url(text, &is_tls, host);

	if (problem)
		return problem;
	memcpy(out_text, text, strlen(text) + 1);
	return NULL;
}

const char *config_canon_socket(const char *text, char out_text[JID_SIZE])
{
	if (strlen(text) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return "is too long for the name of a socket (107 bytes)";
	memcpy(out_text, text, strlen(text) + 1);
	return NULL;
}
