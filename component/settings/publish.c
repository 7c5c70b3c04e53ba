#include "component/settings/reader.h"

#include "component/settings/limits.h"

#include <stdlib.h>
#include <string.h>

#define MODES_MAX 16

void config_read_modes(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	unsigned modes = 0;

	*(unsigned *)field = CONFIG_MODE_COMPONENT;
	if (!setting || !config_check_list(reader, setting, MODES_MAX))
		return;
	int n = config_setting_length(setting);
	if (n == 0)
		config_reader_error(reader, setting, "is empty");
	for (int i = 0; i < n; i++) {
		int mode = 0;

		(void)config_take_choice(reader, key,
			config_setting_get_elem(setting, (unsigned)i), &mode);
		modes |= (unsigned)mode;
	}
	*(unsigned *)field = modes;
}

static int compare_texts(const void *left, const void *right)
{
	const char *const *a = left;
	const char *const *b = right;

	return strcmp(*a, *b);
}

void config_read_watcher_list(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	struct config_publish *publish = field;

	if (!setting || !config_check_list(reader, setting, CONFIG_WATCHERS_MAX))
		return;
	const char **texts =
		config_take_texts(reader, key, setting, &publish->n_watcher_list);
	if (texts)
		qsort(texts, publish->n_watcher_list, sizeof(*texts), compare_texts);
	publish->watcher_list = texts;
}

bool config_watcher_is_listed(const struct config *config, const char *bare_jid)
{
	const struct config_publish *publish = &config->publish;
	const char *at = strchr(bare_jid, '@');
	const char *domain = at ? at + 1 : bare_jid;

	if (publish->n_watcher_list == 0)
		return false;
	return bsearch(&bare_jid, publish->watcher_list, publish->n_watcher_list,
		       sizeof(bare_jid), compare_texts) != NULL ||
	       bsearch(&domain, publish->watcher_list, publish->n_watcher_list,
		       sizeof(domain), compare_texts) != NULL;
}
