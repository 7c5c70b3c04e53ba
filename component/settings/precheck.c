#include "component/settings/precheck.h"

#include "base/parse.h"
#include "component/settings/limits.h"

#include <stdint.h>
#include <string.h>

#define DIGITS "0123456789"
#define HEX_DIGITS DIGITS "abcdefABCDEF"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define NAME_CHARACTERS LETTERS DIGITS "-_*"

struct scanner {
	const char *path; // borrowed
	const char *at;   // borrowed
	unsigned line;
	size_t depth;
	struct config_errors *errors; // borrowed
};

static bool starts_with(const struct scanner *scanner, const char *prefix)
{
	return strncmp(scanner->at, prefix, strlen(prefix)) == 0;
}

/* Goes n bytes on, or to the end, counting lines. */
static void advance(struct scanner *scanner, size_t n)
{
	for (; n > 0 && *scanner->at != '\0'; n--)
		if (*scanner->at++ == '\n')
			scanner->line++;
}

static void skip_past(struct scanner *scanner, const char *end)
{
	const char *found = strstr(scanner->at, end);

	advance(scanner, found ? (size_t)(found - scanner->at) + strlen(end) : SIZE_MAX);
}

static bool refuse(struct scanner *scanner, const char *problem)
{
	config_errors_add(scanner->errors, scanner->path, scanner->line, "%s", problem);
	return false;
}

/* libconfig reads backslash, x, two digits as a byte; any other escape is two characters
 * as far as the end of the string is concerned. */
static bool scan_string(struct scanner *scanner)
{
	for (advance(scanner, 1); *scanner->at != '\0' && *scanner->at != '"';) {
		if (starts_with(scanner, "\\x00"))
			return refuse(scanner, "a string holds a NUL character");
		advance(scanner, *scanner->at == '\\' ? 2 : 1);
	}
	advance(scanner, 1);
	return true; // one that is not closed is libconfig's to report
}

static bool fits_hex(const char *digits, size_t n)
{
	size_t zeros = strspn(digits, "0");

	zeros = zeros < n ? zeros : n;
	return n - zeros < 8 || (n - zeros == 8 && digits[zeros] < '8');
}

static void scan_number(struct scanner *scanner)
{
	const char *start = scanner->at;
	size_t n = 1 + strspn(start + 1, DIGITS);
	bool is_hex = start[0] == '0' && (start[1] | 0x20) == 'x' && start[2] != '\0';
	bool is_integer = strchr(DIGITS, start[n - 1]) && start[n] != '.' &&
			  (start[n] | 0x20) != 'e';
	bool fits;
	int64_t value;

	if (is_hex) {
		n = 2 + strspn(start + 2, HEX_DIGITS);
		fits = fits_hex(start + 2, n - 2);
	} else {
		fits = parse_int64(start, n, INT32_MIN, INT32_MAX, &value);
	}
	if ((is_hex || is_integer) && !fits)
		config_errors_add(scanner->errors, scanner->path, scanner->line,
			"a number does not fit 32 bits"); // a password without quotes?
	/* What is glued to a number, a suffix or the rest of a float, is not another one.
	 */
	n += strspn(start + n, NAME_CHARACTERS ".");
	while (start[n] == '+' && (start[n - 1] | 0x20) == 'e')
		n += 1 + strspn(start + n + 1, NAME_CHARACTERS ".");
	scanner->at = start + n;
}

static bool scan_bracket(struct scanner *scanner)
{
	if (strchr("{[(", *scanner->at))
		scanner->depth++;
	else if (scanner->depth > 0)
		scanner->depth--;
	if (scanner->depth > CONFIG_DEPTH_MAX)
		return refuse(scanner, "groups and lists are nested too deeply");
	advance(scanner, 1);
	return true;
}

static bool scan_token(struct scanner *scanner)
{
	const char c = *scanner->at;

	if (c == '"')
		return scan_string(scanner);
	if (c == '@')
		return refuse(scanner, "@include is not available");
	if (strchr("{[()]}", c))
		return scan_bracket(scanner);
	if (c == '#' || starts_with(scanner, "//"))
		skip_past(scanner, "\n");
	else if (starts_with(scanner, "/*"))
		skip_past(scanner, "*/");
	else if (strchr(DIGITS "+-", c))
		scan_number(scanner);
	else if (strchr(LETTERS "*", c))
		advance(scanner, strspn(scanner->at, NAME_CHARACTERS));
	else
		advance(scanner, 1);
	return true;
}

bool config_precheck(
	const char *path, const char *text, size_t n, struct config_errors *errors)
{
	struct scanner scanner = {.path = path, .at = text, .line = 1, .errors = errors};

	if (strlen(text) < n) {
		advance(&scanner, SIZE_MAX);
		return refuse(&scanner, "the file holds a NUL character");
	}
	while (*scanner.at != '\0')
		if (!scan_token(&scanner))
			return false;
	return true;
}
