#include "base/url.h"
#include "component/settings/canon.h"
#include "component/settings/reader.h"

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
