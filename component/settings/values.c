#include "component/settings/reader.h"

#include "base/parse.h"
#include "component/settings/file.h"
#include "component/settings/limits.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* An integer that libconfig wrapped is noted already, and its value means nothing. */
static bool is_wrapped(
	const struct config_reader *reader, const config_setting_t *setting)
{
	unsigned line = config_setting_source_line(setting);

	for (size_t i = 0; i < reader->n_wrapped; i++)
		if (reader->wrapped[i] == line)
			return true;
	return false;
}

void config_read_integer(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	int64_t *out_value = field;
	bool valid = parse_int64(
		key->fallback, strlen(key->fallback), key->min, key->max, out_value);

	assert(valid);
	(void)valid;
	if (!setting)
		return;
	int type = config_setting_type(setting);
	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
		config_reader_error(reader, setting, "must be a whole number");
		return;
	}
	int64_t value = config_setting_get_int64(setting);
	if (value >= key->min && value <= key->max)
		*out_value = value;
	else if (!is_wrapped(reader, setting))
		config_reader_error(reader, setting, "is %lld, but must be %lld to %lld",
			(long long)value, (long long)key->min, (long long)key->max);
}

void config_read_boolean(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	bool *out_value = field;

	*out_value = strcmp(key->fallback, "true") == 0;
	if (!setting)
		return;
	if (config_setting_type(setting) == CONFIG_TYPE_BOOL)
		*out_value = config_setting_get_bool(setting);
	else
		config_reader_error(reader, setting, "must be true or false");
}

const char *config_take_text(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting)
{
	char kept[JID_SIZE];

	if (config_setting_type(setting) != CONFIG_TYPE_STRING) {
		config_reader_error(reader, setting, "must be a text in double quotes");
		return NULL;
	}
	const char *text = config_setting_get_string(setting);
	const char *problem = config_text_problem(text);
	bool may_be_empty = !key->required && key->fallback && key->fallback[0] == '\0';
	if (!problem && text[0] == '\0' && !may_be_empty)
		problem = "is empty";
	if (problem) {
		config_reader_error(reader, setting, "%s", problem);
		return NULL;
	}
	if (text[0] == '\0' || !key->canon)
		return config_reader_copy(reader, text, strlen(text));
	problem = key->canon(text, kept);
	if (!problem)
		return config_reader_copy(reader, kept, strlen(kept));
	/* Of a list it takes its text to know which one is meant. */
	if (config_setting_name(setting))
		config_reader_error(reader, setting, "%s", problem);
	else
		config_reader_error(reader, setting, "\"%s\" %s", text, problem);
	return NULL;
}

void config_read_text(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	const char *text = setting ? config_take_text(reader, key, setting) : NULL;

	*(const char **)field = text ? text : key->fallback;
}

void config_read_path(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	char kept[JID_SIZE];
	const char *text = setting ? config_take_text(reader, key, setting) : NULL;

	if (text && text[0] != '\0')
		text = config_reader_path(reader, text);
	const char *problem = text && key->canon ? key->canon(text, kept) : NULL;
	if (problem)
		config_reader_error(reader, setting, "\"%s\" %s", text, problem);
	*(const char **)field = text ? text : key->fallback;
}

bool config_open_file(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, size_t max, const char **out_path,
	struct config_file *out_file)
{
	const char *problem;

	*out_file = (struct config_file){0};
	config_read_path(reader, key, setting, out_path);
	if ((*out_path)[0] == '\0')
		return false;
	problem = config_file_read(*out_path, max, out_file);
	if (problem)
		config_reader_error(reader, setting, "\"%s\": %s", *out_path, problem);
	return !problem;
}

static bool holds_certificates(const struct config_file *file)
{
	return strstr(file->bytes, "-----BEGIN CERTIFICATE-----") ||
	       strstr(file->bytes, "-----BEGIN X509 CERTIFICATE-----") ||
	       strstr(file->bytes, "-----BEGIN TRUSTED CERTIFICATE-----");
}

static void read_file_name(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, const char **field, unsigned forbidden,
	bool certificates)
{
	struct config_file file;

	if (!config_open_file(reader, key, setting, CONFIG_FILE_MAX, field, &file))
		return;
	if (file.mode & forbidden)
		config_reader_error(reader, setting,
			"\"%s\": others can access it (mode %04o): chmod o= it", *field,
			file.mode);
	else if (certificates && !holds_certificates(&file))
		config_reader_error(reader, setting,
			"\"%s\": holds no certificate in PEM, which is text that begins "
			"with -----BEGIN CERTIFICATE-----",
			*field);
	config_file_finish(&file);
}

void config_read_certificates(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	read_file_name(reader, key, setting, field, 0, true);
}

void config_read_private_path(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	read_file_name(reader, key, setting, field, 007, false);
}

bool config_take_choice(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, int *out_value)
{
	char names[256] = "";
	size_t used = 0;

	if (config_setting_type(setting) != CONFIG_TYPE_STRING) {
		config_reader_error(reader, setting, "must be a text in double quotes");
		return false;
	}
	const char *text = config_setting_get_string(setting);
	for (const struct config_choice *choice = key->choices; choice->name; choice++) {
		if (strcmp(choice->name, text) == 0 && choice->later) {
			config_reader_error(reader, setting,
				"\"%s\" is not available yet: take it out", text);
			return false;
		}
		if (strcmp(choice->name, text) == 0) {
			*out_value = choice->value;
			return true;
		}
		if (!choice->later && used < sizeof(names))
			used += (size_t)snprintf(names + used, sizeof(names) - used,
				"%s%s", used > 0 ? ", " : "", choice->name);
	}
	config_reader_error(reader, setting, "must be one of: %s", names);
	return false;
}

bool config_is_several(const config_setting_t *setting)
{
	return config_setting_is_list(setting) || config_setting_is_array(setting);
}

unsigned config_take_choices(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, size_t max)
{
	unsigned values = 0;
	int value = 0;

	if (!config_check_list(reader, setting, max))
		return 0;
	int n = config_setting_length(setting);
	if (n == 0)
		config_reader_error(reader, setting, "is empty");
	for (int i = 0; i < n; i++) {
		if (config_take_choice(reader, key,
			    config_setting_get_elem(setting, (unsigned)i), &value))
			values |= (unsigned)value;
	}
	return values;
}

static int fallback_choice(const struct config_key *key)
{
	const struct config_choice *choice = key->choices;

	while (strcmp(choice->name, key->fallback) != 0)
		choice++;
	return choice->value;
}

void config_read_choice(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	int value = fallback_choice(key);

	if (setting)
		(void)config_take_choice(reader, key, setting, &value);
	memcpy(field, &value, sizeof(value)); // an enum of any kind
}

void config_read_log_format(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	int value = fallback_choice(key);

	if (setting)
		(void)config_take_choice(reader, key, setting, &value);
	*(bool *)field = value != 0;
}

const char **config_take_texts(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, size_t *out_n)
{
	int n = config_setting_length(setting);
	const char **texts = config_reader_take(reader, (size_t)n, sizeof(*texts));
	size_t filled = 0;

	for (int i = 0; texts && i < n; i++) {
		texts[filled] = config_take_text(
			reader, key, config_setting_get_elem(setting, (unsigned)i));
		if (texts[filled])
			filled++;
	}
	*out_n = filled;
	return texts;
}

void config_read_group(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	if (setting && !config_check_group(reader, setting))
		setting = NULL;
	config_read_keys(reader, key->keys, setting, field);
}

void config_read_absent(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	(void)key;
	(void)field;
	if (setting)
		config_reader_error(reader, setting, "is not available yet: take it out");
}

void config_read_gone(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	(void)field;
	if (setting)
		config_reader_error(reader, setting, "is gone: %s; delete it", key->gone);
}
