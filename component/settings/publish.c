#include "component/settings/reader.h"

#include "component/settings/limits.h"
#include "component/settings/texts.h"

#include <string.h>

#define MODES_MAX 16

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

bool config_watcher_is_listed(const struct config *config, const char *bare_jid)
{
	const struct config_publish *publish = &config->publish;
	const char *at = strchr(bare_jid, '@');

	if (config_texts_have(publish->watcher_list, publish->n_watcher_list, bare_jid))
		return true;
	return at &&
	       config_texts_have(publish->watcher_list, publish->n_watcher_list, at + 1);
}
