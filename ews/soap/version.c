#include "ews/soap/version.h"

#include "base/parse.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *const names[] = {
	"Exchange2013",
	"Exchange2010_SP2",
	"Exchange2010_SP1",
	"Exchange2007_SP1",
};

#define NAMES (sizeof names / sizeof *names)

/* How far down the table; NAMES: not in it. */
static size_t level(const char *name)
{
	size_t i = 0;
	while (i < NAMES && strcmp(names[i], name) != 0)
		i++;
	return i;
}

void version_init(struct version *version)
{
	*version = (struct version){.name = names[0]};
}

const char *version_current(struct version *version, int64_t now_ms)
{
	if (version_is_low(version) && now_ms - version->lowered_ms >= VERSION_AGAIN_MS)
		version->name = names[0];
	return version->name;
}

bool version_refused(struct version *version, const char *name, int64_t now_ms)
{
	/* Requests that were out together are refused one by one. */
	if (level(version->name) > level(name))
		return true;
	const char *below = version_below(name);
	if (!below)
		return false;
	version->name = below;
	version->lowered_ms = now_ms;
	return true;
}

bool version_is_low(const struct version *version)
{
	return level(version->name) > 0;
}

const char *version_below(const char *name)
{
	size_t i = level(name) + 1;
	return i < NAMES ? names[i] : NULL;
}

const char *version_lower(const char *a, const char *b)
{
	size_t level_a = a ? level(a) : 0;
	size_t level_b = b ? level(b) : 0;
	size_t lower = level_a > level_b ? level_a : level_b;
	return names[lower < NAMES ? lower : NAMES - 1];
}

/* The schema's own words for a value that an enumeration does not have name the
 * attribute ("The 'Version' attribute is invalid - ..."), Exchange 2007's the version. */
static bool is_about_version(const char *text)
{
	return parse_contains(text, "'Version'") ||
	       parse_contains(text, "RequestServerVersion") ||
	       parse_contains(text, "ExchangeVersionType") ||
	       parse_contains(text, "server version");
}

bool version_is_refusal(const char *code, const char *text)
{
	static const char *const always[] = {"ErrorInvalidServerVersion",
		"ErrorIncorrectSchemaVersion",
		"ErrorInvalidSchemaVersionForMailboxVersion"};
	static const char *const perhaps[] = {
		"ErrorInvalidRequest", "ErrorSchemaValidation"};
	for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
		if (strcmp(code, always[i]) == 0)
			return true;
	}
	for (size_t i = 0; i < sizeof perhaps / sizeof *perhaps; i++) {
		if (strcmp(code, perhaps[i]) == 0)
			return is_about_version(text);
	}
	return parse_contains(text, "specified server version is invalid");
}
