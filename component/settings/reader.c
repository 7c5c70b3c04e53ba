#include "component/settings/reader.h"

#include "base/parse.h"
#include "component/settings/limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAME_SIZE 256
#define TEXT_SIZE 2048

/* Puts the name of a setting, with those of the groups around it, at the end of buffer:
 * mapping.busy.show, gateways[].url. */
static void add_name(const config_setting_t *setting, char buffer[NAME_SIZE])
{
	const config_setting_t *parent = config_setting_parent(setting);
	const char *name = config_setting_name(setting);

	if (!parent)
		return; // the root
	add_name(parent, buffer);
	size_t used = strlen(buffer);
	if (name)
		(void)snprintf(buffer + used, NAME_SIZE - used, "%s%.64s",
			used > 0 ? "." : "", name);
	else
		(void)snprintf(buffer + used, NAME_SIZE - used, "[]");
}

/* The name of a setting with a text behind it. */
__attribute__((format(printf, 3, 0))) static void print(const config_setting_t *setting,
	char out_text[TEXT_SIZE + NAME_SIZE], const char *format, va_list args)
{
	char name[NAME_SIZE] = "";
	char text[TEXT_SIZE];

	(void)vsnprintf(text, sizeof(text), format, args);
	add_name(setting, name);
	(void)snprintf(out_text, TEXT_SIZE + NAME_SIZE, "%s%s%s", name,
		name[0] != '\0' ? " " : "", text);
}

void config_reader_error(struct config_reader *reader, const config_setting_t *setting,
	const char *format, ...)
{
	char text[TEXT_SIZE + NAME_SIZE];
	va_list args;

	va_start(args, format);
	print(setting, text, format, args);
	va_end(args);
	config_errors_add(reader->errors, reader->path,
		config_setting_source_line(setting), "%s", text);
}

void config_reader_warn(struct config_reader *reader, const config_setting_t *setting,
	const char *format, ...)
{
	char text[TEXT_SIZE + NAME_SIZE];
	va_list args;

	va_start(args, format);
	print(setting, text, format, args);
	va_end(args);
	config_errors_warn(reader->errors, reader->path,
		config_setting_source_line(setting), "%s", text);
}

static void check_known(struct config_reader *reader, const struct config_key *keys,
	const config_setting_t *group)
{
	int n = config_setting_length(group);

	for (int i = 0; i < n; i++) {
		const config_setting_t *setting =
			config_setting_get_elem(group, (unsigned)i);
		const struct config_key *key = keys;

		while (key->name && strcmp(key->name, config_setting_name(setting)) != 0)
			key++;
		if (!key->name)
			config_reader_error(reader, setting, "is not a known key");
	}
}

void config_read_keys(struct config_reader *reader, const struct config_key *keys,
	const config_setting_t *group, void *out_fields)
{
	for (const struct config_key *key = keys; key->name; key++) {
		const config_setting_t *setting =
			group ? config_setting_get_member(group, key->name) : NULL;

		if (group && !setting && key->required)
			config_reader_error(
				reader, group, "needs the key \"%s\"", key->name);
		key->read(reader, key, setting, (char *)out_fields + key->offset);
	}
	if (group)
		check_known(reader, keys, group);
}

bool config_check_group(struct config_reader *reader, const config_setting_t *setting)
{
	if (config_setting_is_group(setting))
		return true;
	config_reader_error(reader, setting, "must be a group: { ... }");
	return false;
}

bool config_check_list(
	struct config_reader *reader, const config_setting_t *setting, size_t max)
{
	if (!config_setting_is_list(setting) && !config_setting_is_array(setting)) {
		config_reader_error(
			reader, setting, "must be a list: ( ... ), or [ ... ] of texts");
		return false;
	}
	if ((size_t)config_setting_length(setting) > max) {
		config_reader_error(reader, setting, "has more than %zu entries", max);
		return false;
	}
	return true;
}

void *config_reader_take(struct config_reader *reader, size_t n, size_t size)
{
	void *memory = n > SIZE_MAX / size ? NULL
					   : arena_take(&reader->config->memory, n * size,
						     _Alignof(max_align_t));

	if (!memory)
		reader->out_of_memory = true;
	else
		memset(memory, 0, n * size);
	return memory;
}

const char *config_reader_copy(struct config_reader *reader, const char *text, size_t n)
{
	const char *copy = arena_copy(&reader->config->memory, text, n);

	if (!copy)
		reader->out_of_memory = true;
	return copy;
}

const char *config_reader_path(struct config_reader *reader, const char *path)
{
	const char *slash = strrchr(reader->path, '/');

	if (path[0] == '/' || !slash)
		return config_reader_copy(reader, path, strlen(path));
	size_t folder = (size_t)(slash - reader->path) + 1;
	size_t n = strlen(path);
	char *whole = config_reader_take(reader, folder + n + 1, 1);
	if (!whole)
		return NULL;
	memcpy(whole, reader->path, folder);
	memcpy(whole + folder, path, n);
	return whole;
}

const char *config_text_problem(const char *text)
{
	size_t n = strlen(text);

	if (n > CONFIG_TEXT_MAX)
		return "is longer than 1023 bytes";
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return "holds a control character (a backslash is written twice)";
	if (!parse_is_xml_text(text, n))
		return "is not UTF-8";
	return NULL;
}
