#include "component/settings/reader.h"

#include "base/secret.h"
#include "component/settings/file.h"
#include "component/settings/limits.h"

#include <string.h>

static void set(
	struct config_reader *reader, struct secret *secret, const char *bytes, size_t n)
{
	if (!secret_set(secret, bytes, n))
		reader->out_of_memory = true;
}

void config_read_secret(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	(void)key;
	if (!setting)
		return;
	if (config_setting_type(setting) != CONFIG_TYPE_STRING) {
		config_reader_error(reader, setting, "must be a text in double quotes");
		return;
	}
	const char *text = config_setting_get_string(setting);
	size_t n = strlen(text);
	if (n == 0)
		config_reader_error(reader, setting, "is empty");
	else if (n > CONFIG_SECRET_MAX)
		config_reader_error(reader, setting, "is longer than 4096 bytes");
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f) {
			config_reader_error(reader, setting,
				"holds a control character (a backslash is written "
				"twice)");
			break;
		}
	if (reader->mode & 007)
		config_reader_error(reader, setting,
			"stands in a file that others can access (mode %04o): chmod o= "
			"it, or "
			"put the secret into a file of its own",
			reader->mode);
	set(reader, field, text, n);
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

/* What editors leave in a file and nobody sees. */
static void check_ends(struct config_reader *reader, const config_setting_t *setting,
	const char *path, const char *bytes, size_t n)
{
	if (is_blank(bytes[0]) || is_blank(bytes[n - 1]))
		config_reader_warn(reader, setting,
			"\"%s\": the secret %s with a blank or an empty line, which "
			"counts",
			path, is_blank(bytes[n - 1]) ? "ends" : "begins");
}

void config_read_secret_file(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	struct config_file file;
	const char *path;

	if (!setting || !config_open_file(reader, key, setting, CONFIG_SECRET_MAX + 2,
				&path, &file))
		return;
	size_t n = without_newline(file.bytes, file.n);
	if (file.mode & 007)
		config_reader_error(reader, setting,
			"\"%s\": others can access it (mode %04o): chmod o= it", path,
			file.mode);
	else if (n == 0)
		config_reader_error(reader, setting, "\"%s\": is empty", path);
	else if (n > CONFIG_SECRET_MAX)
		config_reader_error(reader, setting, "\"%s\": is too large", path);
	else if (memchr(file.bytes, '\0', n))
		config_reader_error(
			reader, setting, "\"%s\": holds a NUL character", path);
	else if (config_file_mark(&file) > 0)
		config_reader_error(reader, setting,
			"\"%s\": begins with a byte order mark, which would be a part "
			"of the secret: save it without one",
			path);
	else {
		check_ends(reader, setting, path, file.bytes, n);
		set(reader, field, file.bytes, n);
	}
	config_file_finish(&file);
}

void config_check_filled(
	struct config_reader *reader, const config_setting_t *group, const char *key)
{
	const config_setting_t *setting = config_setting_get_member(group, key);
	const char *text = setting ? config_setting_get_string(setting) : NULL;

	if (text && text[0] == '\0')
		config_reader_error(reader, setting, "is empty");
}

void config_check_secret(struct config_reader *reader, const config_setting_t *group,
	const char *inline_key, const char *file_key)
{
	bool is_inline = config_setting_get_member(group, inline_key) != NULL;
	bool is_file = config_setting_get_member(group, file_key) != NULL;

	if (is_inline && is_file)
		config_reader_error(reader, group, "has both \"%s\" and \"%s\": keep one",
			inline_key, file_key);
	else if (!is_inline && !is_file)
		config_reader_error(
			reader, group, "needs \"%s\" or \"%s\"", file_key, inline_key);
	config_check_filled(reader, group, file_key);
}
