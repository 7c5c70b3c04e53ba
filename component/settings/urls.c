#include "component/settings/reader.h"

#include "component/settings/limits.h"

#include <string.h>

/* Where a gateway is: its URLs, or what is needed to find them. */

/* The texts of a list with a separator between them; "" after an error. */
static const char *take_joined(const struct config_input *in, char separator)
{
	size_t n;
	size_t size = 1;
	const char **texts = config_take_texts(in, &n);

	for (size_t i = 0; texts && i < n; i++)
		size += strlen(texts[i]) + 1;
	if (size > CONFIG_JOINED_MAX) {
		config_error(in, "is longer than %d bytes altogether", CONFIG_JOINED_MAX);
		return "";
	}
	char *joined = config_reader_take(in->reader, size, 1);
	char *end = joined;
	for (size_t i = 0; joined && texts && i < n; i++) {
		size_t length = strlen(texts[i]);

		memcpy(end, texts[i], length);
		end[length] = i + 1 < n ? separator : '\0';
		end += length + 1;
	}
	return joined ? joined : "";
}

void config_read_urls(const struct config_input *in, void *field)
{
	const char **urls = field;

	*urls = "";
	if (!in->setting)
		return;
	if (!config_is_several(in)) {
		const char *one = config_take_text(in);

		*urls = one ? one : "";
	} else if (config_length(in) == 0) {
		config_error(in, "is empty");
	} else if (config_check_list(in, CONFIG_URLS_MAX)) {
		*urls = take_joined(in, '\n');
	}
}

void config_read_hosts(const struct config_input *in, void *field)
{
	const char **hosts = field;

	*hosts = "";
	if (in->setting && config_check_list(in, CONFIG_HOSTS_MAX))
		*hosts = take_joined(in, ',');
}

void config_check_urls(
	const struct config_input *group, const struct config_gateway *gateway)
{
	static const char *const uses[] = {"autodiscover_hosts", "autodiscover_url"};

	if (gateway->type == CONFIG_GATEWAY_GRAPH) {
		if (strchr(gateway->url, '\n'))
			config_error(group, "has several URLs, and type = \"graph\"");
		return;
	}
	if (!gateway->autodiscover && !config_has(group, "url"))
		config_error(group, "needs the key \"url\", or autodiscover = true");
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		const struct config_input in = config_member(group, uses[i]);

		if (in.setting && !gateway->autodiscover)
			config_error(&in, "is not used without autodiscover = true");
	}
}
