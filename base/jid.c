#include "base/jid.h"

#include "base/parse.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <stringprep.h>

/* What nodeprep forbids in ASCII (RFC 6122 appendix A.5), and XEP-0106 with the backslash
 * gives a code for. */
#define FORBIDDEN_LOCAL "\"&'/:<>@"

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_visible(char c)
{
	return c > 0x20 && c < 0x7f;
}

static bool is_plain_local(char c)
{
	return is_visible(c) && !is_upper(c) && strchr(FORBIDDEN_LOCAL, c) == NULL;
}

/* Letters, digits, and what an address literal needs. */
static bool is_plain_domain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-._[]:", c) != NULL);
}

static bool is_plain_resource(char c)
{
	return c == ' ' || is_visible(c);
}

/* Most JIDs are plain ASCII that its profile maps to itself: they do not need Libidn. */
static bool is_all(const char *text, bool (*accepts)(char c))
{
	for (; *text != '\0'; text++) {
		if (!accepts(*text))
			return false;
	}
	return true;
}

/* Prepares n bytes; false if they are empty (before or after), too long or forbidden. */
static bool prepare(const char *text, size_t n, bool (*is_plain)(char c),
	const Stringprep_profile *profile, char out_part[JID_PART_SIZE])
{
	if (n == 0 || n >= JID_PART_SIZE || !parse_is_xml_text(text, n))
		return false;
	memcpy(out_part, text, n);
	out_part[n] = '\0';
	if (is_all(out_part, is_plain))
		return true;
	return stringprep(out_part, JID_PART_SIZE, 0, profile) == STRINGPREP_OK &&
	       out_part[0] != '\0';
}

/* Nameprep forbids hardly anything; this is what can be the name of a host. */
static bool is_domain(const char *text)
{
	bool after_dot = true;

	for (; *text != '\0'; text++) {
		bool is_ascii = (*text & 0x80) == 0;

		if (is_ascii && !is_plain_domain(*text))
			return false;
		if (*text == '.' && after_dot)
			return false;
		after_dot = *text == '.';
	}
	return !after_dot;
}

static bool parse_bare(const char *text, size_t n, struct jid *out_jid)
{
	const char *at = memchr(text, '@', n);
	size_t local = at != NULL ? (size_t)(at - text) : 0;

	if (at != NULL) {
		if (!prepare(text, local, is_plain_local, stringprep_xmpp_nodeprep,
			    out_jid->local))
			return false;
		text = at + 1;
		n -= local + 1;
	}
	return prepare(text, n, is_plain_domain, stringprep_nameprep, out_jid->domain) &&
	       is_domain(out_jid->domain);
}

bool jid_parse(const char *text, struct jid *out_jid)
{
	size_t n = strnlen(text, JID_SIZE);
	size_t bare = jid_bare_length(text);
	struct jid jid;

	jid.local[0] = '\0';
	jid.resource[0] = '\0';
	if (n >= JID_SIZE || !parse_bare(text, bare, &jid))
		return false;
	if (bare < n && !prepare(text + bare + 1, n - bare - 1, is_plain_resource,
				stringprep_xmpp_resourceprep, jid.resource))
		return false;
	(void)memcpy(out_jid->local, jid.local, strlen(jid.local) + 1);
	(void)memcpy(out_jid->domain, jid.domain, strlen(jid.domain) + 1);
	(void)memcpy(out_jid->resource, jid.resource, strlen(jid.resource) + 1);
	return true;
}

bool jid_parse_bare(const char *text, struct jid *out_jid)
{
	return strchr(text, '/') == NULL && jid_parse(text, out_jid);
}

void jid_print_bare(const struct jid *jid, char out_text[JID_SIZE])
{
	int n = snprintf(out_text, JID_SIZE, "%s%s%s", jid->local,
		jid->local[0] != '\0' ? "@" : "", jid->domain);

	assert(n > 0 && n < JID_SIZE);
	(void)n;
}

void jid_print(const struct jid *jid, char out_text[JID_SIZE])
{
	size_t n;

	jid_print_bare(jid, out_text);
	if (jid->resource[0] == '\0')
		return;
	n = strlen(out_text);
	(void)snprintf(out_text + n, JID_SIZE - n, "/%s", jid->resource);
}

size_t jid_bare_length(const char *text)
{
	return strcspn(text, "/");
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The character that the three bytes of an escape at text stand for, or NUL. Both cases
 * of hex digits count, because nodeprep makes lower case of upper case. */
static char escaped_char(const char *text)
{
	int high = text[0] == '\\' ? hex_value(text[1]) : -1;
	int low = high >= 0 ? hex_value(text[2]) : -1;
	char c = low >= 0 ? (char)(high * 16 + low) : '\0';

	return c != '\0' && strchr(" \\" FORBIDDEN_LOCAL, c) != NULL ? c : '\0';
}

bool jid_escape(const char *text, char out_local[JID_PART_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	char local[JID_PART_SIZE];
	size_t n = 0;

	if (text[0] == '\0' || text[0] == ' ' || text[strlen(text) - 1] == ' ')
		return false;
	for (; *text != '\0'; text++) {
		bool escape = *text == '\\' ? escaped_char(text) != '\0'
					    : strchr(" " FORBIDDEN_LOCAL, *text) != NULL;

		if (n + (escape ? 3 : 1) >= sizeof(local))
			return false;
		if (escape) {
			local[n++] = '\\';
			local[n++] = hex[(unsigned char)*text >> 4];
			local[n++] = hex[(unsigned char)*text & 0xf];
		} else {
			local[n++] = *text;
		}
	}
	local[n] = '\0';
	memcpy(out_local, local, n + 1);
	return true;
}

void jid_unescape(const char *local, char out_text[JID_PART_SIZE])
{
	const char *start = local;
	size_t n = 0;

	while (*local != '\0' && n < JID_PART_SIZE - 1) {
		char c = escaped_char(local);
		/* A space is not taken at either end: no one escapes it there. */
		bool at_end = c == ' ' && (local == start || local[3] == '\0');

		if (c == '\0' || at_end) {
			out_text[n++] = *local++;
		} else {
			out_text[n++] = c;
			local += 3;
		}
	}
	out_text[n] = '\0';
}
