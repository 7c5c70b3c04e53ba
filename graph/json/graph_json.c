#include "graph/json/graph_json.h"

#include "base/parse.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ESCAPE_SIZE 6u // \uXXXX

/* A text on its way through the cleaning. */
struct cleaning {
	const char *bytes;
	size_t n;
	size_t at;
	char *out;
	size_t used;
	unsigned depth;
	unsigned openings;
	unsigned commas;
	bool in_string;
};

static void keep(struct cleaning *cleaning, size_t size)
{
	memcpy(cleaning->out + cleaning->used, cleaning->bytes + cleaning->at, size);
	cleaning->used += size;
	cleaning->at += size;
}

/* No longer than what it stands for. */
static void replace(struct cleaning *cleaning, size_t size, const char *with)
{
	memcpy(cleaning->out + cleaning->used, with, strlen(with));
	cleaning->used += strlen(with);
	cleaning->at += size;
}

/* The code unit of the escape \uXXXX at a place; -1: there is none. */
static int escape_at(const struct cleaning *cleaning, size_t at)
{
	int unit = 0;
	if (cleaning->n - at < ESCAPE_SIZE || cleaning->bytes[at] != '\\' ||
		cleaning->bytes[at + 1] != 'u')
		return -1;
	for (size_t i = 2; i < ESCAPE_SIZE; i++) {
		char c = cleaning->bytes[at + i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;
		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

static bool is_high(int unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(int unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* What JSON has no escape for stands for itself. */
static bool is_escape(char c)
{
	return c != '\0' && strchr("\"\\/bfnrtu", c);
}

static void clean_escape(struct cleaning *cleaning)
{
	int unit = escape_at(cleaning, cleaning->at);
	if (is_high(unit) && cleaning->n - cleaning->at > ESCAPE_SIZE &&
		is_low(escape_at(cleaning, cleaning->at + ESCAPE_SIZE)))
		keep(cleaning, 2 * ESCAPE_SIZE);
	else if (unit == 0 || is_high(unit) || is_low(unit))
		replace(cleaning, ESCAPE_SIZE, "\\ufffd");
	else if (unit >= 0)
		keep(cleaning, ESCAPE_SIZE);
	else if (cleaning->n - cleaning->at > 1 &&
		 is_escape(cleaning->bytes[cleaning->at + 1]) &&
		 cleaning->bytes[cleaning->at + 1] != 'u')
		keep(cleaning, 2);
	else
		replace(cleaning, 1, "?");
}

static void clean_string(struct cleaning *cleaning)
{
	char c = cleaning->bytes[cleaning->at];
	uint32_t character;
	size_t size = parse_utf8(
		cleaning->bytes + cleaning->at, cleaning->n - cleaning->at, &character);
	if (c == '\\') {
		clean_escape(cleaning);
	} else if (size == 0 || (unsigned char)c < ' ') {
		replace(cleaning, 1, "?");
	} else {
		cleaning->in_string = c != '"';
		keep(cleaning, size);
	}
}

/* False: the text is too deep, or has too much in it. */
static bool clean_structure(struct cleaning *cleaning)
{
	char c = cleaning->bytes[cleaning->at];
	cleaning->in_string = c == '"';
	if (c == '{' || c == '[') {
		cleaning->depth++;
		cleaning->openings++;
	}
	cleaning->commas += c == ',';
	if ((c == '}' || c == ']') && cleaning->depth > 0)
		cleaning->depth--;
	keep(cleaning, 1);
	return cleaning->depth <= GRAPH_JSON_DEPTH_MAX &&
	       cleaning->openings <= GRAPH_JSON_OPENINGS_MAX &&
	       cleaning->commas <= GRAPH_JSON_COMMAS_MAX;
}

static bool clean(struct cleaning *cleaning)
{
	static const char mark[] = "\xef\xbb\xbf";
	if (cleaning->n >= strlen(mark) &&
		memcmp(cleaning->bytes, mark, strlen(mark)) == 0)
		cleaning->at = strlen(mark);
	while (cleaning->at < cleaning->n) {
		if (cleaning->in_string)
			clean_string(cleaning);
		else if (!clean_structure(cleaning))
			return false;
	}
	return true;
}

json_t *graph_json_load(const char *bytes, size_t n)
{
	json_error_t error; // has words of the text in it: for nobody
	json_t *json = NULL;
	if (n == 0 || n > GRAPH_JSON_MAX)
		return NULL;
	struct cleaning cleaning = {.bytes = bytes, .n = n, .out = malloc(n)};
	if (!cleaning.out)
		return NULL;
	if (clean(&cleaning))
		json = json_loadb(
			cleaning.out, cleaning.used, JSON_REJECT_DUPLICATES, &error);
	secret_wipe(&error, sizeof error);
	secret_free(cleaning.out);
	return json;
}

const char *graph_json_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}
