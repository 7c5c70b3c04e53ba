#include "component/settings/reader.h"

#include "component/settings/limits.h"
#include "component/settings/strings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_domain(const struct config_input *in, struct config *config)
{
	struct config_domain *domain = &config->domains[config->n_domains];

	if (!config_check_group(in))
		return;
	config_read_keys(in, domain);
	for (size_t i = 0; i < config->n_domains && domain->im[0] != '\0'; i++) {
		if (strcmp(config->domains[i].im, domain->im) == 0)
			config_error(in, "has \"%s\" twice", domain->im);
		if (config->domains[i].is_default && domain->is_default)
			config_error(in, "has two defaults: \"%s\" and \"%s\"",
				config->domains[i].im, domain->im);
	}
	if (domain->im[0] != '\0' && strcmp(domain->im, config->component.jid) == 0)
		config_error(in, "has \"%s\", which is the component itself", domain->im);
	if (domain->mail[0] != '\0' && config->n_gateways > 0) {
		char mailbox[CONFIG_TEXT_MAX + 3];

		(void)snprintf(mailbox, sizeof(mailbox), "a@%s", domain->mail);
		if (!config_gateway_for(config, mailbox, NULL))
			config_warn(in,
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
		config_strings_compare);
	for (size_t i = 0; i < config->n_domains; i++)
		if (config->domains[i].is_default)
			config->default_domain = &config->domains[i];
}

void config_read_domains(const struct config_input *in, void *field)
{
	struct config *config = field;

	if (!in->setting || !config_check_list(in, CONFIG_DOMAINS_MAX))
		return;
	size_t n = config_length(in);
	config->domains = config_reader_take(in->reader, n, sizeof(*config->domains));
	for (size_t i = 0; config->domains && i < n; i++) {
		const struct config_input entry = config_entry(in, i);

		read_domain(&entry, config);
	}
	if (config->domains && config->n_domains > 0)
		choose_default(config);
}
