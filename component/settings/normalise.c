#include "component/settings/normalise.h"

#include "base/parse.h"
#include "base/url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#define NAME_MAX_BYTES 64
#define LANGUAGE_MAX_BYTES 35 // RFC 5646 section 4.4.1
#define HOST_MAX_BYTES 253

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether text has 1 to max bytes, all of them letters, digits or of `others`. */
static bool is_made_of(const char *text, size_t max, const char *others)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (!is_alnum(text[i]) && !strchr(others, text[i]))
			return false;
	return n > 0 && n <= max;
}

static const char *keep(const char *text, char out_text[JID_SIZE])
{
	memcpy(out_text, text, strlen(text) + 1);
	return NULL;
}

const char *config_normalise_text(const char *text, char out_text[JID_SIZE])
{
	if (strlen(text) >= JID_SIZE)
		return "is too long";
	return keep(text, out_text);
}

const char *config_normalise_domain(const char *text, char out_text[JID_SIZE])
{
	struct jid jid;

	if (!jid_parse_bare(text, &jid) || jid.local[0] != '\0')
		return "is not a domain";
	jid_print_bare(&jid, out_text);
	return NULL;
}

const char *config_normalise_person(const char *text, char out_text[JID_SIZE])
{
	struct jid jid;

	if (!jid_parse_bare(text, &jid) || jid.local[0] == '\0')
		return "is not a bare JID (name@domain)";
	jid_print_bare(&jid, out_text);
	return NULL;
}

const char *config_normalise_watcher(const char *text, char out_text[JID_SIZE])
{
	struct jid jid;

	if (!jid_parse_bare(text, &jid))
		return "is neither a bare JID nor a domain";
	jid_print_bare(&jid, out_text);
	return NULL;
}

const char *config_normalise_resource(const char *text, char out_text[JID_SIZE])
{
	char whole[JID_SIZE];
	struct jid jid;

	(void)snprintf(whole, sizeof(whole), "domain/%s", text);
	if (text[0] == '\0' || !jid_parse(whole, &jid))
		return "is not the resource of a JID";
	return keep(jid.resource, out_text);
}

const char *config_normalise_mail(const char *text, char out_text[JID_SIZE])
{
	if (!parse_is_mail_address(text))
		return "is not a mail address";
	return keep(text, out_text);
}

const char *config_normalise_mail_domain(const char *text, char out_text[JID_SIZE])
{
	char whole[JID_SIZE];

	(void)snprintf(whole, sizeof(whole), "a@%s", text);
	if (strchr(text, '@') || !parse_is_mail_address(whole))
		return "is not the domain of a mail address";
	(void)keep(text, out_text);
	for (char *c = out_text; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
	return NULL;
}

const char *config_normalise_host(const char *text, char out_text[JID_SIZE])
{
	if (!is_made_of(text, HOST_MAX_BYTES, "-.:_%"))
		return "is not the name or address of a host";
	return keep(text, out_text);
}

const char *config_normalise_name(const char *text, char out_text[JID_SIZE])
{
	if (!is_made_of(text, NAME_MAX_BYTES, "-._"))
		return "is not a name: 1 to 64 letters, digits, dots, hyphens, "
		       "underscores";
	return keep(text, out_text);
}

const char *config_normalise_language(const char *text, char out_text[JID_SIZE])
{
	if (text[0] != '\0' && !is_made_of(text, LANGUAGE_MAX_BYTES, "-"))
		return "is not a language tag";
	return keep(text, out_text);
}

const char *config_normalise_url(const char *text, char out_text[JID_SIZE])
{
	struct url url;
	const char *problem = url_parse(text, &url);

	if (problem)
		return problem;
	if (!url.tls && !url_is_loopback(url.host))
		return "is plain http:, which is for a loopback address only; use https:";
	return keep(text, out_text);
}

const char *config_normalise_autodiscover(const char *text, char out_text[JID_SIZE])
{
	struct url url;
	const char *problem = config_normalise_url(text, out_text);

	if (problem || url_parse(text, &url))
		return problem;
	return strncasecmp(url.path, "/autodiscover/", 14) == 0
		       ? NULL
		       : "is not the URL of an autodiscover service, as "
			 "https://host/autodiscover/autodiscover.xml";
}

const char *config_normalise_proxy(const char *text, char out_text[JID_SIZE])
{
	struct url url;
	const char *problem = url_parse(text, &url);

	return problem ? problem : keep(text, out_text);
}

const char *config_normalise_socket(const char *text, char out_text[JID_SIZE])
{
	if (strlen(text) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return "is too long for the name of a socket (107 bytes)";
	return keep(text, out_text);
}

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
	return config_normalise_host(name, host)
		       ? "holds what is no host, address or network (they are separated "
			 "by commas)"
		       : NULL;
}

/* What libcurl understands in CURLOPT_NOPROXY: "*" for all, or names (with their
 * subdomains), addresses and networks. What it would pass over in silence is refused. */
const char *config_normalise_no_proxy(const char *text, char out_text[JID_SIZE])
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
