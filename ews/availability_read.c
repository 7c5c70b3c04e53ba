#include "ews/availability.h"

#include "ews/soap_clean.h"
#include "ews/availability_collect.h"
#include "ews/availability_parse.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PAGE_HEAD_MAX 4096 // bytes in which a web page has to show itself and its title

void availability_finish(struct availability *answer)
{
	if (!answer)
		return;
	free(answer->mailboxes);
	free(answer->events);
	*answer = (struct availability){0};
}

static bool starts_with(const char *bytes, size_t n, const char *wanted)
{
	size_t length = strlen(wanted);
	return n >= length && strncasecmp(bytes, wanted, length) == 0;
}

/* How many bytes there are up to the end of the first `wanted`; 0 if it is not there. */
static size_t length_through(const char *bytes, size_t n, const char *wanted)
{
	for (size_t i = 0; i < n; i++) {
		if (starts_with(bytes + i, n - i, wanted))
			return i + strlen(wanted);
	}
	return 0;
}

/* The length of what may stand before a page: a byte order mark, white space, an XML
 * declaration, comments. */
static size_t prologue(const char *bytes, size_t n)
{
	size_t i = 0;
	size_t step = 1;
	for (; i < n && step > 0; i += step) {
		unsigned char c = (unsigned char)bytes[i];
		if (starts_with(bytes + i, n - i, "<!--"))
			step = length_through(bytes + i, n - i, "-->");
		else if (starts_with(bytes + i, n - i, "<?"))
			step = length_through(bytes + i, n - i, ">");
		else
			step = c <= ' ' || c >= 0x80;
	}
	return i;
}

/* A page is known by its first tag, since servers label pages as anything; its title
 * tells an administrator which one it is. */
static bool read_page(const char *bytes, size_t n, struct availability *answer)
{
	n = n < PAGE_HEAD_MAX ? n : PAGE_HEAD_MAX;
	size_t start = prologue(bytes, n);
	bytes += start;
	n -= start;
	if (!starts_with(bytes, n, "<!doctype html") && !starts_with(bytes, n, "<html"))
		return false;
	answer->kind = AVAILABILITY_HTML;
	size_t title = length_through(bytes, n, "<title>");
	const char *end = memchr(bytes + title, '<', n - title);
	if (title > 0)
		availability_copy_line(answer->text, sizeof answer->text, bytes + title,
			end ? (size_t)(end - bytes) - title : n - title);
	return true;
}

static void begin_pass(struct availability_collect *collect)
{
	availability_finish(collect->answer);
	collect->answer->kind = AVAILABILITY_BROKEN;
	collect->answer->back_off_ms = -1;
	collect->mailboxes_cap = 0;
	collect->events_cap = 0;
}

/* The strict parser first; only what it does not take is copied without the bytes that
 * XML does not allow, and handed to it once more. */
static struct availability_parse parse_twice(
	const char *bytes, size_t n, struct availability_collect *collect)
{
	begin_pass(collect);
	struct availability_parse parse = availability_parse(bytes, n, false, collect);
	if (parse.whole || collect->refusal || collect->no_memory)
		return parse;
	char *clean = malloc(n);
	if (!clean) {
		collect->no_memory = true;
		return parse;
	}
	bool declared;
	size_t length = soap_clean(bytes, n, clean, &declared);
	if (length > 0) {
		begin_pass(collect);
		parse = availability_parse(clean, length, !declared, collect);
	}
	free(clean);
	return parse;
}

/* Takes the mailboxes away from an answer that is not to be believed, and says why. */
static void break_answer(const struct availability_collect *collect,
	const struct availability_parse *parse)
{
	struct availability *answer = collect->answer;
	bool begun = answer->begun;
	availability_finish(answer);
	answer->kind = AVAILABILITY_BROKEN;
	answer->back_off_ms = -1;
	answer->begun = begun;
	if (collect->refusal)
		(void)snprintf(answer->text, sizeof answer->text, "%s", collect->refusal);
	else if (!parse->whole)
		(void)snprintf(answer->text, sizeof answer->text,
			"the answer is cut off or no XML (line %d, libxml2 error %d)",
			parse->line, parse->error);
	else
		(void)snprintf(answer->text, sizeof answer->text,
			"the answer is no GetUserAvailabilityResponse but <%s>",
			parse->stray[0] ? parse->stray : "Envelope");
}

int availability_read(const char *bytes, size_t n, int64_t from, int64_t to,
	struct availability *out_answer)
{
	assert(from < to);
	struct availability answer = {.kind = AVAILABILITY_BROKEN, .back_off_ms = -1};
	struct availability_collect collect = {.answer = &answer, .from = from, .to = to};
	struct availability_parse parse = {0};
	if (n == 0)
		collect.refusal = "the answer is empty";
	else if (n > EWS_BODY_MAX)
		collect.refusal = "the answer is too big";
	else if (!read_page(bytes, n, &answer))
		parse = parse_twice(bytes, n, &collect);
	if (collect.no_memory) {
		availability_finish(&answer);
		return -1;
	}
	if (answer.kind != AVAILABILITY_HTML &&
		(collect.refusal || !parse.whole || answer.kind == AVAILABILITY_BROKEN))
		break_answer(&collect, &parse);
	*out_answer = answer;
	return 0;
}
