#include "component/settings/reader.h"

#include "component/settings/limits.h"
#include "component/settings/texts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_domain(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, struct config *config)
{
	struct config_domain *domain = &config->domains[config->n_domains];

	if (!config_check_group(reader, setting))
		return;
	config_read_keys(reader, key->keys, setting, domain);
	for (size_t i = 0; i < config->n_domains && domain->im[0] != '\0'; i++) {
		if (strcmp(config->domains[i].im, domain->im) == 0)
			config_reader_error(
				reader, setting, "has \"%s\" twice", domain->im);
		if (config->domains[i].is_default && domain->is_default)
			config_reader_error(reader, setting,
				"has two defaults: \"%s\" and \"%s\"",
				config->domains[i].im, domain->im);
	}
	if (domain->im[0] != '\0' && strcmp(domain->im, config->component.jid) == 0)
		config_reader_error(reader, setting,
			"has \"%s\", which is the component itself", domain->im);
	if (domain->mail[0] != '\0' && config->n_gateways > 0) {
		const struct config_gateway *gateways[CONFIG_GATEWAYS_MAX];
		char mailbox[CONFIG_TEXT_MAX + 3];

		(void)snprintf(mailbox, sizeof(mailbox), "a@%s", domain->mail);
		if (config_gateways_for(config, mailbox, NULL, gateways) == 0)
			config_reader_warn(reader, setting,
				"has the mail domain \"%s\", which no gateway reads",
				domain->mail);
	}
	config->n_domains++;
}

/* Marks the one that is the default where none says so, sorts, and finds it again. */
static void choose_default(struct config *config)
{
	size_t marked = 0;

	while (marked < config->n_domains && !config->domains[marked].is_default)
		marked++;
	config->domains[marked < config->n_domains ? marked : 0].is_default = true;
	qsort(config->domains, config->n_domains, sizeof(*config->domains),
		config_texts_compare);
	for (size_t i = 0; i < config->n_domains; i++)
		if (config->domains[i].is_default)
			config->default_domain = &config->domains[i];
}

void config_read_domains(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	struct config *config = field;

	if (!setting || !config_check_list(reader, setting, CONFIG_DOMAINS_MAX))
		return;
	size_t n = (size_t)config_setting_length(setting);
	config->domains = config_reader_take(reader, n, sizeof(*config->domains));
	for (size_t i = 0; config->domains && i < n; i++)
		read_domain(reader, key, config_setting_get_elem(setting, (unsigned)i),
			config);
	if (config->domains && config->n_domains > 0)
		choose_default(config);
}
