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

typedef void note_fn(struct config_errors *errors, const char *file, unsigned line,
	const char *format, ...);

/* Notes the name of a setting with a text behind it. */
__attribute__((format(printf, 3, 0))) static void note(
	const struct config_input *in, note_fn *add, const char *format, va_list args)
{
	char name[NAME_SIZE] = "";
	char text[TEXT_SIZE];

	(void)vsnprintf(text, sizeof(text), format, args);
	add_name(in->setting, name);
	add(in->reader->errors, in->reader->path, config_setting_source_line(in->setting),
		"%s%s%s", name, name[0] != '\0' ? " " : "", text);
}

void config_error(const struct config_input *in, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(in, config_errors_add, format, args);
	va_end(args);
}

void config_warn(const struct config_input *in, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(in, config_errors_warn, format, args);
	va_end(args);
}

struct config_input config_member(const struct config_input *in, const char *name)
{
	return (struct config_input){.reader = in->reader,
		.setting = in->setting ? config_setting_get_member(in->setting, name)
				       : NULL};
}

struct config_input config_entry(const struct config_input *in, size_t i)
{
	return (struct config_input){.reader = in->reader,
		.key = in->key,
		.setting = config_setting_get_elem(in->setting, (unsigned)i)};
}

bool config_has(const struct config_input *in, const char *member)
{
	return config_member(in, member).setting != NULL;
}

size_t config_length(const struct config_input *in)
{
	return (size_t)config_setting_length(in->setting);
}

static void check_known(const struct config_input *in)
{
	for (size_t i = 0; i < config_length(in); i++) {
		const struct config_input member = config_entry(in, i);
		const char *name = config_setting_name(member.setting);
		const struct config_key *key = in->key->keys;

		while (key->name && strcmp(key->name, name) != 0)
			key++;
		if (!key->name)
			config_error(&member, "is not a known key");
	}
}

void config_read_keys(const struct config_input *in, void *out_fields)
{
	for (const struct config_key *key = in->key->keys; key->name; key++) {
		struct config_input member = config_member(in, key->name);

		member.key = key;
		if (in->setting && !member.setting && key->required)
			config_error(in, "needs the key \"%s\"", key->name);
		key->read(&member, (char *)out_fields + key->offset);
	}
	if (in->setting)
		check_known(in);
}

bool config_check_group(const struct config_input *in)
{
	if (config_setting_is_group(in->setting))
		return true;
	config_error(in, "must be a group: { ... }");
	return false;
}

bool config_is_several(const struct config_input *in)
{
	return config_setting_is_list(in->setting) ||
	       config_setting_is_array(in->setting);
}

bool config_check_list(const struct config_input *in, size_t max)
{
	if (!config_is_several(in))
		config_error(in, "must be a list: ( ... ), or [ ... ] of texts");
	else if (config_length(in) > max)
		config_error(in, "has more than %zu entries", max);
	else
		return true;
	return false;
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

const char *config_reader_copy(struct config_reader *reader, const char *text)
{
	const char *copy = arena_copy(&reader->config->memory, text, strlen(text));

	if (!copy)
		reader->out_of_memory = true;
	return copy;
}

const char *config_control_problem(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return "holds a control character (a backslash is written twice)";
	return NULL;
}

const char *config_text_problem(const char *text)
{
	const char *problem = config_control_problem(text);
	size_t n = strlen(text);

	if (n > CONFIG_TEXT_MAX)
		return "is longer than 1023 bytes";
	return problem || parse_is_xml_text(text, n) ? problem : "is not UTF-8";
}
