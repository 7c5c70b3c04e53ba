#include "component/settings/precheck.h"

#include "base/parse.h"
#include "component/settings/limits.h"

#include <stdint.h>
#include <string.h>

struct scanner {
	const char *path; // borrowed
	const char *text; // borrowed
	size_t n;
	size_t at;
	unsigned line;
	size_t depth;
	struct config_errors *errors; // borrowed
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex_digit(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(char c)
{
	return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '*';
}

static bool starts_with(const struct scanner *scanner, const char *prefix)
{
	size_t n = strlen(prefix);

	return scanner->n - scanner->at >= n &&
	       memcmp(scanner->text + scanner->at, prefix, n) == 0;
}

/* Goes n bytes on, counting lines. */
static void advance(struct scanner *scanner, size_t n)
{
	for (; n > 0 && scanner->at < scanner->n; n--)
		if (scanner->text[scanner->at++] == '\n')
			scanner->line++;
}

static void skip_past(struct scanner *scanner, const char *end)
{
	while (scanner->at < scanner->n && !starts_with(scanner, end))
		advance(scanner, 1);
	advance(scanner, strlen(end));
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
	advance(scanner, 1);
	while (scanner->at < scanner->n) {
		if (scanner->text[scanner->at] == '"') {
			advance(scanner, 1);
			return true;
		}
		if (starts_with(scanner, "\\x00"))
			return refuse(scanner, "a string holds a NUL character");
		advance(scanner, scanner->text[scanner->at] == '\\' ? 2 : 1);
	}
	return true; // not closed: libconfig's to report
}

static bool fits_hex(const char *digits, size_t n)
{
	while (n > 0 && *digits == '0') {
		digits++;
		n--;
	}
	return n < 8 || (n == 8 && *digits < '8');
}

static void scan_number(struct scanner *scanner)
{
	const char *start = scanner->text + scanner->at;
	const char *end = scanner->text + scanner->n;
	const char *at = start;
	bool is_hex = false;
	bool fits;
	int64_t value;

	if (end - at > 2 && at[0] == '0' && (at[1] | 0x20) == 'x') {
		is_hex = true;
		for (at += 2; at < end && is_hex_digit(*at);)
			at++;
		fits = fits_hex(start + 2, (size_t)(at - start - 2));
	} else {
		for (at++; at < end && is_digit(*at);)
			at++;
		fits = parse_int64(
			start, (size_t)(at - start), INT32_MIN, INT32_MAX, &value);
	}
	bool is_integer = is_digit(at[-1]) || is_hex;
	if (at < end && !is_hex && (*at == '.' || *at == 'e' || *at == 'E'))
		is_integer = false;
	if (is_integer && !fits)
		config_errors_add(scanner->errors, scanner->path, scanner->line,
			"a number does not fit 32 bits"); // a password without quotes?
	scanner->at = (size_t)(at - scanner->text);
	/* What is glued to a number, a suffix or the rest of a float, is not another one.
	 */
	while (scanner->at < scanner->n &&
		(is_name(*at) || *at == '.' || (*at == '+' && (at[-1] | 0x20) == 'e'))) {
		scanner->at++;
		at++;
	}
}

static void skip_name(struct scanner *scanner)
{
	while (scanner->at < scanner->n && is_name(scanner->text[scanner->at]))
		scanner->at++;
}

static bool scan_bracket(struct scanner *scanner, char c)
{
	if (strchr("{[(", c))
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
	char c = scanner->text[scanner->at];

	if (c == '"')
		return scan_string(scanner);
	if (c == '@')
		return refuse(scanner, "@include is not available");
	if (c == '#' || starts_with(scanner, "//"))
		skip_past(scanner, "\n");
	else if (starts_with(scanner, "/*"))
		skip_past(scanner, "*/");
	else if (is_digit(c) || c == '-' || c == '+')
		scan_number(scanner);
	else if (is_letter(c) || c == '*')
		skip_name(scanner);
	else if (strchr("{[()]}", c))
		return scan_bracket(scanner, c);
	else
		advance(scanner, 1);
	return true;
}

bool config_precheck(
	const char *path, const char *text, size_t n, struct config_errors *errors)
{
	struct scanner scanner = {
		.path = path,
		.text = text,
		.n = n,
		.line = 1,
		.errors = errors,
	};
	const char *nul = memchr(text, '\0', n);

	if (nul) {
		advance(&scanner, (size_t)(nul - text));
		return refuse(&scanner, "the file holds a NUL character");
	}
	while (scanner.at < n)
		if (!scan_token(&scanner))
			return false;
	return true;
}
