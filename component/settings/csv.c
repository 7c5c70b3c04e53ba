#include "component/settings/people.h"

#include "base/parse.h"
#include "component/settings/file.h"
#include "component/settings/limits.h"
#include "component/settings/normalise.h"

#include <string.h>
#include <strings.h>

#define FIELDS_MAX 4
#define BLANK " \t\r"

/* Takes the quotes off a text in place, the first of which stands before it: two are one
 * (RFC 4180). Returns what stands behind, NULL if there is no end. */
static char *unquote(char *text)
{
	char *to = text;

	for (char *from = text; *from != '\0'; from++) {
		if (*from == '"' && *++from != '"') {
			*to = '\0';
			return from;
		}
		*to++ = *from;
	}
	return NULL;
}

/* Cuts a field at its comma and takes white space and quotes off it; NULL if there is
 * none left, or where quotes are out of place, which *out_broken then says. */
static char *next_field(char **rest, bool *out_broken)
{
	char *field = *rest;

	if (!field)
		return NULL;
	field += strspn(field, BLANK);
	char *end = field + strcspn(field, ",");
	if (*field == '"') {
		end = unquote(++field);
		end = end ? end + strspn(end, BLANK) : NULL;
	}
	*out_broken = !end || (*end != ',' && *end != '\0');
	if (*out_broken)
		return NULL;
	*rest = *end == ',' ? end + 1 : NULL;
	*end = '\0';
	const char *text = field;
	size_t n = strlen(field);
	parse_trim(&text, &n);
	memmove(field, text, n);
	field[n] = '\0';
	return field;
}

/* Brings a field into its kept form; NULL after an error. */
static const char *keep(struct config_reader *reader, const char *file, unsigned line,
	const char *field, config_normalise_fn *normalise)
{
	char kept[JID_SIZE];
	const char *problem = config_text_problem(field);

	if (problem) {
		config_errors_add(reader->errors, file, line, "the line %s", problem);
		return NULL;
	}
	problem = normalise(field, kept);
	if (problem) {
		config_errors_add(
			reader->errors, file, line, "\"%s\" %s", field, problem);
		return NULL;
	}
	return config_reader_copy(reader, kept);
}

/* Likewise; what is not there is "". */
static const char *keep_if_any(struct config_reader *reader, const char *file,
	unsigned line, const char *field, config_normalise_fn *normalise)
{
	return field && field[0] != '\0' ? keep(reader, file, line, field, normalise)
					 : "";
}

/* A line that people write over the columns. */
static bool is_heading(unsigned line, char *const fields[FIELDS_MAX])
{
	return line == 1 && strcasecmp(fields[0], "jid") == 0 &&
	       strcasecmp(fields[1], "mailbox") == 0;
}

static void read_line(
	struct config_reader *reader, const char *file, unsigned line, char *text)
{
	char *fields[FIELDS_MAX] = {0};
	char *rest = text;
	bool broken = false;
	size_t n = 0;

	if (text[strspn(text, BLANK)] == '\0' || text[0] == '#')
		return;
	while (rest && n < FIELDS_MAX && !broken)
		fields[n++] = next_field(&rest, &broken);
	if (broken) {
		config_errors_add(reader->errors, file, line,
			"a quote is out of place: a field begins and ends with one, and "
			"has two for one");
		return;
	}
	if (n < 2 || rest) {
		config_errors_add(reader->errors, file, line,
			"a line is: jid,mailbox[,gateway[,name]]");
		return;
	}
	if (is_heading(line, fields))
		return;
	struct config_user user = {
		.jid = keep_if_any(
			reader, file, line, fields[0], config_normalise_person),
		.mailbox = keep(reader, file, line, fields[1], config_normalise_mail),
		.gateway =
			keep_if_any(reader, file, line, fields[2], config_normalise_name),
		.name = keep_if_any(reader, file, line, fields[3], config_normalise_text),
	};
	if (user.jid && user.mailbox && user.gateway && user.name)
		config_people_add(reader, &user, file, line);
}

static void read_lines(struct config_reader *reader, const char *path, char *text)
{
	unsigned line = 1;

	while (text) {
		char *newline = strchr(text, '\n');

		if (newline)
			*newline = '\0';
		read_line(reader, path, line++, text);
		text = newline ? newline + 1 : NULL;
	}
}

void config_read_users_file(const struct config_input *in, void *field)
{
	struct config_file file;
	const char *path;

	(void)field;
	if (!config_open_file(in, CONFIG_FILE_MAX, &path, &file))
		return;
	if (memchr(file.bytes, '\0', file.n))
		config_error(in, "\"%s\": holds a NUL character", path);
	else
		read_lines(in->reader, path, file.bytes + config_file_mark(&file));
	config_file_finish(&file);
}
