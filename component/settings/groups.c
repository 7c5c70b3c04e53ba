#include "component/settings/reader.h"

#include "base/url.h"
#include "component/settings/limits.h"
#include "component/settings/strings.h"

#include <string.h>

void config_read_component(const struct config_input *in, void *field)
{
	struct config_component *component = field;

	config_read_group(in, field);
	if (!in->setting || !config_setting_is_group(in->setting))
		return;
	config_check_secret(in, "secret", "secret_file");
	/* XEP-0114 is clear text, and the handshake all that keeps others out. */
	if (!component->plaintext_ok && !url_is_loopback(component->host)) {
		const struct config_input host = config_member(in, "host");

		config_error(&host,
			"\"%s\" is not a loopback address, and the stream is not "
			"encrypted: set plaintext_ok = true if nobody can listen in",
			component->host);
	}
}

void config_read_modes(const struct config_input *in, void *field)
{
	*(unsigned *)field =
		in->setting ? (unsigned)config_take_choices(in) : CONFIG_MODE_COMPONENT;
}

void config_read_watcher_list(const struct config_input *in, void *field)
{
	struct config_publish *publish = field;

	if (!in->setting || !config_check_list(in, CONFIG_WATCHERS_MAX))
		return;
	size_t n = 0;
	const char **texts = config_take_texts(in, &n);
	publish->watcher_list = texts;
	publish->n_watcher_list = texts ? config_strings_sort(texts, n) : 0;
}

void config_read_publish(const struct config_input *in, void *field)
{
	const struct config_publish *publish = field;

	config_read_group(in, field);
	if (publish->watchers == CONFIG_WATCHERS_LIST && publish->n_watcher_list == 0) {
		const struct config_input watchers = config_member(in, "watchers");

		config_warn(&watchers,
			"is \"list\", and watcher_list is empty: nobody sees anything");
	}
}

bool config_watcher_is_listed(const struct config *config, const char *bare_jid)
{
	const struct config_publish *publish = &config->publish;
	const char *at = strchr(bare_jid, '@');

	if (config_strings_have(publish->watcher_list, publish->n_watcher_list, bare_jid))
		return true;
	return at && config_strings_have(
			     publish->watcher_list, publish->n_watcher_list, at + 1);
}
