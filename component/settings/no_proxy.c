#include "component/settings/canon.h"

#include "base/parse.h"

#include <arpa/inet.h>
#include <string.h>

/* What libcurl understands in CURLOPT_NOPROXY: "*" for all, or names (with their
 * subdomains), addresses and networks. What it would pass over in silence is refused. */

/* How many bits an address has, 0: it is none. */
static int64_t address_bits(const char *text)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, text, &v4) == 1)
		return 32;
	return inet_pton(AF_INET6, text, &v6) == 1 ? 128 : 0;
}

static const char *check_network(char *entry, char *slash)
{
	int64_t bits;

	*slash = '\0';
	int64_t most = address_bits(entry);
	bool valid =
		most > 0 && parse_int64(slash + 1, strlen(slash + 1), 0, most, &bits);
	*slash = '/';
	return valid ? NULL : "holds a network that is none, as 10.0.0.0/8 or fd00::/8";
}

static const char *check_entry(char *entry)
{
	char host[JID_SIZE];
	char *slash = strchr(entry, '/');

	if (slash)
		return check_network(entry, slash);
	if (address_bits(entry) > 0)
		return NULL;
	if (strchr(entry, '*'))
		return "holds a pattern: write .example.com for all beneath example.com, "
		       "or only \"*\" for all hosts";
	const char *name = entry[0] == '.' ? entry + 1 : entry;
	return config_canon_host(name, host)
		       ? "holds what is no host, address or network (they are separated "
			 "by commas)"
		       : NULL;
}

const char *config_canon_no_proxy(const char *text, char out_text[JID_SIZE])
{
	char entry[JID_SIZE];
	size_t used = 0;

	if (strcmp(text, "*") == 0) {
		memcpy(out_text, text, 2);
		return NULL;
	}
	for (const char *at = text;; at++) {
		size_t n = strcspn(at, ",");
		const char *begin = at;
		size_t length = n;

		parse_trim(&begin, &length);
		memcpy(entry, begin, length);
		entry[length] = '\0';
		const char *problem =
			length > 0 ? check_entry(entry) : "has an empty place in it";
		if (problem)
			return problem;
		if (used > 0)
			out_text[used++] = ',';
		memcpy(out_text + used, entry, length + 1);
		used += length;
		at += n;
		if (*at == '\0')
			return NULL;
	}
}
