#include "component/settings/reader.h"

#include "base/parse.h"
#include "component/settings/file.h"
#include "component/settings/limits.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define CHOICES_MAX 16 // in a list

/* ------------------------------------------------------------------ numbers */

/* An integer that libconfig wrapped is noted already, and its value means nothing. */
static bool is_wrapped(const struct config_input *in)
{
	unsigned line = config_setting_source_line(in->setting);

	for (size_t i = 0; i < in->reader->n_wrapped; i++)
		if (in->reader->wrapped[i] == line)
			return true;
	return false;
}

void config_read_integer(const struct config_input *in, void *field)
{
	const struct config_key *key = in->key;
	int64_t *out_value = field;
	bool valid = parse_int64(
		key->fallback, strlen(key->fallback), key->min, key->max, out_value);

	assert(valid);
	(void)valid;
	if (!in->setting)
		return;
	int type = config_setting_type(in->setting);
	int64_t value = config_setting_get_int64(in->setting);
	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		config_error(in, "must be a whole number");
	else if (value >= key->min && value <= key->max)
		*out_value = value;
	else if (!is_wrapped(in))
		config_error(in, "is %lld, but must be %lld to %lld", (long long)value,
			(long long)key->min, (long long)key->max);
}

void config_read_boolean(const struct config_input *in, void *field)
{
	bool *out_value = field;

	*out_value = strcmp(in->key->fallback, "true") == 0;
	if (!in->setting)
		return;
	if (config_setting_type(in->setting) == CONFIG_TYPE_BOOL)
		*out_value = config_setting_get_bool(in->setting);
	else
		config_error(in, "must be true or false");
}

/* ------------------------------------------------------------------ texts */

/* NULL after an error. */
static const char *string_of(const struct config_input *in)
{
	const char *text = config_setting_get_string(in->setting);

	if (!text)
		config_error(in, "must be a text in double quotes");
	return text;
}

const char *config_take_text(const struct config_input *in)
{
	const struct config_key *key = in->key;
	char kept[JID_SIZE];
	const char *text = string_of(in);

	if (!text)
		return NULL;
	const char *problem = config_text_problem(text);
	bool may_be_empty = !key->required && key->fallback && key->fallback[0] == '\0';
	if (!problem && text[0] == '\0' && !may_be_empty)
		problem = "is empty";
	if (problem) {
		config_error(in, "%s", problem);
		return NULL;
	}
	if (text[0] == '\0' || !key->normalise)
		return config_reader_copy(in->reader, text);
	problem = key->normalise(text, kept);
	if (!problem)
		return config_reader_copy(in->reader, kept);
	/* Of a list it takes its text to know which one is meant. */
	if (config_setting_name(in->setting))
		config_error(in, "%s", problem);
	else
		config_error(in, "\"%s\" %s", text, problem);
	return NULL;
}

const char **config_take_texts(const struct config_input *in, size_t *out_n)
{
	const char **texts =
		config_reader_take(in->reader, config_length(in), sizeof(*texts));

	*out_n = 0;
	for (size_t i = 0; texts && i < config_length(in); i++) {
		const struct config_input entry = config_entry(in, i);

		texts[*out_n] = config_take_text(&entry);
		if (texts[*out_n])
			++*out_n;
	}
	return texts;
}

void config_read_text(const struct config_input *in, void *field)
{
	const char *text = in->setting ? config_take_text(in) : NULL;

	*(const char **)field = text ? text : in->key->fallback;
}

/* ------------------------------------------------------------------ files */

/* A file name as the daemon opens it: relative ones count from the folder of the
 * configuration. NULL when out of memory. */
static const char *whole_path(struct config_reader *reader, const char *path)
{
	const char *slash = strrchr(reader->path, '/');

	if (path[0] == '/' || path[0] == '\0' || !slash)
		return path;
	size_t folder = (size_t)(slash - reader->path) + 1;
	char *whole = config_reader_take(reader, folder + strlen(path) + 1, 1);
	if (whole) {
		memcpy(whole, reader->path, folder);
		memcpy(whole + folder, path, strlen(path));
	}
	return whole;
}

void config_read_path(const struct config_input *in, void *field)
{
	char kept[JID_SIZE];
	const char *text = in->setting ? config_take_text(in) : NULL;

	if (text)
		text = whole_path(in->reader, text);
	const char *problem =
		text && in->key->normalise ? in->key->normalise(text, kept) : NULL;
	if (problem)
		config_error(in, "\"%s\" %s", text, problem);
	*(const char **)field = text ? text : in->key->fallback;
}

bool config_open_file(const struct config_input *in, size_t max, const char **out_path,
	struct config_file *out_file)
{
	const char *problem;

	*out_file = (struct config_file){0};
	config_read_path(in, out_path);
	if ((*out_path)[0] == '\0')
		return false;
	problem = config_file_read(*out_path, max, out_file);
	if (problem)
		config_error(in, "\"%s\": %s", *out_path, problem);
	return !problem;
}

/* Whether a file of secrets is closed to others; notes an error if not. */
static bool is_private(
	const struct config_input *in, const char *path, const struct config_file *file)
{
	if (file->mode & 007)
		config_error(in, "\"%s\": others can access it (mode %04o): chmod o= it",
			path, file->mode);
	return !(file->mode & 007);
}

static bool holds_certificates(const struct config_file *file)
{
	return strstr(file->bytes, "-----BEGIN CERTIFICATE-----") ||
	       strstr(file->bytes, "-----BEGIN X509 CERTIFICATE-----") ||
	       strstr(file->bytes, "-----BEGIN TRUSTED CERTIFICATE-----");
}

void config_read_certificates(const struct config_input *in, void *field)
{
	const char **path = field;
	struct config_file file;

	if (!config_open_file(in, CONFIG_FILE_MAX, path, &file))
		return;
	if (!holds_certificates(&file))
		config_error(in,
			"\"%s\": holds no certificate in PEM, which is text that begins "
			"with -----BEGIN CERTIFICATE-----",
			*path);
	config_file_finish(&file);
}

void config_read_private_path(const struct config_input *in, void *field)
{
	const char **path = field;
	struct config_file file;

	if (!config_open_file(in, CONFIG_FILE_MAX, path, &file))
		return;
	(void)is_private(in, *path, &file);
	config_file_finish(&file);
}

/* ------------------------------------------------------------------ secrets */

static void set_secret(
	const struct config_input *in, struct secret *secret, const char *bytes, size_t n)
{
	if (!secret_set(secret, bytes, n))
		in->reader->out_of_memory = true;
}

void config_read_secret(const struct config_input *in, void *field)
{
	const char *text = in->setting ? string_of(in) : NULL;

	if (!text)
		return;
	size_t n = strlen(text);
	if (n == 0)
		config_error(in, "is empty");
	else if (n > CONFIG_SECRET_MAX)
		config_error(in, "is longer than 4096 bytes");
	if (config_control_problem(text))
		config_error(in, "%s", config_control_problem(text));
	if (in->reader->mode & 007)
		config_error(in,
			"stands in a file that others can access (mode %04o): chmod o= "
			"it, or put the secret into a file of its own",
			in->reader->mode);
	set_secret(in, field, text, n);
}

/* How long a secret is without the newline that editors put behind it. */
static size_t without_newline(const char *bytes, size_t n)
{
	if (n > 0 && bytes[n - 1] == '\n')
		n--;
	if (n > 0 && bytes[n - 1] == '\r')
		n--;
	return n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *secret_problem(const struct config_file *file, size_t n)
{
	if (n == 0)
		return "is empty";
	if (n > CONFIG_SECRET_MAX)
		return "is too large";
	if (memchr(file->bytes, '\0', n))
		return "holds a NUL character";
	if (config_file_mark(file) > 0)
		return "begins with a byte order mark, which would be a part of the "
		       "secret: save it without one";
	return NULL;
}

void config_read_secret_file(const struct config_input *in, void *field)
{
	struct config_file file;
	const char *path;

	if (!in->setting || !config_open_file(in, CONFIG_SECRET_MAX + 2, &path, &file))
		return;
	size_t n = without_newline(file.bytes, file.n);
	const char *problem = secret_problem(&file, n);
	if (!is_private(in, path, &file))
		goto out;
	if (problem) {
		config_error(in, "\"%s\": %s", path, problem);
		goto out;
	}
	/* What editors leave in a file and nobody sees. */
	if (is_blank(file.bytes[0]) || is_blank(file.bytes[n - 1]))
		config_warn(in,
			"\"%s\": the secret %s with a blank or an empty line, which "
			"counts",
			path, is_blank(file.bytes[n - 1]) ? "ends" : "begins");
	set_secret(in, field, file.bytes, n);
out:
	config_file_finish(&file);
}

void config_check_filled(const struct config_input *group, const char *key)
{
	const struct config_input member = config_member(group, key);
	const char *text =
		member.setting ? config_setting_get_string(member.setting) : NULL;

	if (text && text[0] == '\0')
		config_error(&member, "is empty");
}

void config_check_secret(
	const struct config_input *group, const char *inline_key, const char *file_key)
{
	bool is_inline = config_has(group, inline_key);
	bool is_file = config_has(group, file_key);

	if (is_inline && is_file)
		config_error(group, "has both \"%s\" and \"%s\": keep one", inline_key,
			file_key);
	else if (!is_inline && !is_file)
		config_error(group, "needs \"%s\" or \"%s\"", file_key, inline_key);
	config_check_filled(group, file_key);
}

/* ------------------------------------------------------------------ choices */

/* The value of the choice that a setting names; false after an error. */
static bool take_choice(const struct config_input *in, int *out_value)
{
	char names[256] = "";
	size_t used = 0;
	const char *text = string_of(in);

	if (!text)
		return false;
	for (const struct config_choice *choice = in->key->choices; choice->name;
		choice++) {
		bool is_it = strcmp(choice->name, text) == 0;

		if (is_it && choice->later)
			config_error(
				in, "\"%s\" is not available yet: take it out", text);
		else if (is_it)
			*out_value = choice->value;
		if (is_it)
			return !choice->later;
		if (!choice->later && used < sizeof(names))
			used += (size_t)snprintf(names + used, sizeof(names) - used,
				"%s%s", used > 0 ? ", " : "", choice->name);
	}
	config_error(in, "must be one of: %s", names);
	return false;
}

static int read_choice(const struct config_input *in)
{
	const struct config_choice *choice = in->key->choices;

	while (strcmp(choice->name, in->key->fallback) != 0)
		choice++;
	int value = choice->value;
	if (in->setting)
		(void)take_choice(in, &value);
	return value;
}

void config_read_choice(const struct config_input *in, void *field)
{
	int value = read_choice(in);

	memcpy(field, &value, sizeof(value)); // an enum of any kind
}

void config_read_log_format(const struct config_input *in, void *field)
{
	*(bool *)field = read_choice(in) != 0;
}

/* A choice as a bit; 0 after an error. */
static uint64_t take_bit(const struct config_input *in)
{
	int value = 0;

	if (!take_choice(in, &value))
		return 0;
	return in->key->places ? UINT64_C(1) << value : (uint64_t)value;
}

uint64_t config_take_choices(const struct config_input *in)
{
	uint64_t values = 0;

	if (!config_check_list(in, CHOICES_MAX))
		return 0;
	if (config_length(in) == 0)
		config_error(in, "is empty");
	for (size_t i = 0; i < config_length(in); i++) {
		const struct config_input entry = config_entry(in, i);

		values |= take_bit(&entry);
	}
	return values;
}

void config_read_choices(const struct config_input *in, void *field)
{
	if (in->setting)
		*(uint64_t *)field =
			config_is_several(in) ? config_take_choices(in) : take_bit(in);
}

/* ------------------------------------------------------------------ the rest */

void config_read_group(const struct config_input *in, void *field)
{
	struct config_input group = *in;

	if (in->setting && !config_check_group(in))
		group.setting = NULL;
	config_read_keys(&group, field);
}

void config_read_absent(const struct config_input *in, void *field)
{
	(void)field;
	if (in->setting)
		config_error(in, "is not available yet: take it out");
}

void config_read_gone(const struct config_input *in, void *field)
{
	(void)field;
	if (in->setting)
		config_error(in, "is gone: %s; delete it", in->key->gone);
}
