#include "component/settings/reader.h"

#include "base/url.h"
#include "component/settings/limits.h"
#include "component/settings/texts.h"

#include <string.h>

#define MODES_MAX 16

void config_read_component(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	struct config_component *component = field;

	config_read_group(reader, key, setting, field);
	if (!setting || !config_setting_is_group(setting))
		return;
	config_check_secret(reader, setting, "secret", "secret_file");
	/* XEP-0114 is clear text, and the handshake all that keeps others out. */
	if (!component->plaintext_ok && !url_is_loopback(component->host))
		config_reader_error(reader, config_setting_get_member(setting, "host"),
			"\"%s\" is not a loopback address, and the stream is not "
			"encrypted: "
			"set plaintext_ok = true if nobody can listen in",
			component->host);
}

void config_read_modes(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	unsigned modes = CONFIG_MODE_COMPONENT;

	if (setting)
		modes = config_take_choices(reader, key, setting, MODES_MAX);
	*(unsigned *)field = modes;
}

void config_read_watcher_list(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	struct config_publish *publish = field;

	if (!setting || !config_check_list(reader, setting, CONFIG_WATCHERS_MAX))
		return;
	size_t n = 0;
	const char **texts = config_take_texts(reader, key, setting, &n);
	publish->watcher_list = texts;
	publish->n_watcher_list = texts ? config_texts_sort(texts, n) : 0;
}

void config_read_publish(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	const struct config_publish *publish = field;

	config_read_group(reader, key, setting, field);
	if (publish->watchers == CONFIG_WATCHERS_LIST && publish->n_watcher_list == 0 &&
		config_setting_is_group(setting))
		config_reader_warn(reader, config_setting_get_member(setting, "watchers"),
			"is \"list\", and watcher_list is empty: nobody sees anything");
}

bool config_watcher_is_listed(const struct config *config, const char *bare_jid)
{
	const struct config_publish *publish = &config->publish;
	const char *at = strchr(bare_jid, '@');

	if (config_texts_have(publish->watcher_list, publish->n_watcher_list, bare_jid))
		return true;
	return at &&
	       config_texts_have(publish->watcher_list, publish->n_watcher_list, at + 1);
}
