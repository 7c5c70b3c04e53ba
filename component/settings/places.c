#include "component/settings/reader.h"

#include "component/settings/limits.h"

#include <string.h>

/* Where a gateway is: its URLs, or what is needed to find them. */

/* The texts of a list with a separator between them; "" after an error. */
static const char *take_joined(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, char separator)
{
	size_t n;
	size_t size = 0;
	const char **texts = config_take_texts(reader, key, setting, &n);

	for (size_t i = 0; texts && i < n; i++)
		size += strlen(texts[i]) + 1;
	if (size > CONFIG_JOINED_MAX) {
		config_reader_error(reader, setting, "is longer than %d bytes altogether",
			CONFIG_JOINED_MAX);
		return "";
	}
	char *joined = config_reader_take(reader, size + 1, 1);
	char *end = joined;
	for (size_t i = 0; joined && texts && i < n; i++) {
		size_t length = strlen(texts[i]);

		memcpy(end, texts[i], length);
		end[length] = i + 1 < n ? separator : '\0';
		end += length + 1;
	}
	return joined ? joined : "";
}

void config_read_urls(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	const char **urls = field;
	const char *one = NULL;

	*urls = "";
	if (!setting)
		return;
	if (!config_is_several(setting)) {
		one = config_take_text(reader, key, setting);
		*urls = one ? one : "";
		return;
	}
	if (config_setting_length(setting) == 0)
		config_reader_error(reader, setting, "is empty");
	else if (config_check_list(reader, setting, CONFIG_URLS_MAX))
		*urls = take_joined(reader, key, setting, '\n');
}

void config_read_hosts(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	const char **hosts = field;

	*hosts = "";
	if (setting && config_check_list(reader, setting, CONFIG_HOSTS_MAX))
		*hosts = take_joined(reader, key, setting, ',');
}

void config_check_places(struct config_reader *reader, const config_setting_t *group,
	const struct config_gateway *gateway)
{
	static const char *const uses[] = {"autodiscover_hosts", "autodiscover_url"};

	if (!gateway->autodiscover && !config_setting_get_member(group, "url"))
		config_reader_error(
			reader, group, "needs the key \"url\", or autodiscover = true");
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		const config_setting_t *setting =
			config_setting_get_member(group, uses[i]);

		if (setting && !gateway->autodiscover)
			config_reader_error(reader, setting,
				"is not used without autodiscover = true");
	}
}
