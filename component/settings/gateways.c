#include "component/settings/reader.h"

#include "component/settings/limits.h"

#include <string.h>
#include <strings.h>

void config_read_mail_domains(const struct config_input *in, void *field)
{
	struct config_gateway *gateway = field;

	if (in->setting && config_check_list(in, CONFIG_MAIL_DOMAINS_MAX))
		gateway->mail_domains = config_take_texts(in, &gateway->n_mail_domains);
}

static const struct config_gateway *find(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->n_gateways; i++)
		if (strcmp(config->gateways[i].name, name) == 0)
			return &config->gateways[i];
	return NULL;
}

/* Exchange lets nobody else subscribe to a calendar but its owner, or whoever speaks for
 * the owner. */
static void check_notifications(
	const struct config_input *group, struct config_gateway *gateway)
{
	const struct config_input in = config_member(group, "notifications");

	if (!in.setting)
		gateway->notifications = gateway->impersonate;
	else if (gateway->notifications && !gateway->impersonate)
		config_error(&in, "needs impersonate = true");
}

static void read_gateway(const struct config_input *in, struct config *config)
{
	struct config_gateway *gateway = &config->gateways[config->n_gateways];

	if (!config_check_group(in))
		return;
	config_read_keys(in, gateway);
	gateway->line = config_setting_source_line(in->setting);
	config_check_urls(in, gateway);
	config_check_auth(in, gateway);
	check_notifications(in, gateway);
	if (gateway->name[0] != '\0' && find(config, gateway->name))
		config_error(in, "has the name \"%s\" twice", gateway->name);
	config->n_gateways++;
}

void config_read_gateways(const struct config_input *in, void *field)
{
	struct config *config = field;

	if (!in->setting || !config_check_list(in, CONFIG_GATEWAYS_MAX))
		return;
	size_t n = config_length(in);
	if (n == 0)
		config_error(in, "is empty: there is nothing to read");
	config->gateways = config_reader_take(in->reader, n, sizeof(*config->gateways));
	for (size_t i = 0; config->gateways && i < n; i++) {
		const struct config_input entry = config_entry(in, i);

		read_gateway(&entry, config);
	}
}

void config_read_calendar(const struct config_input *in, void *field)
{
	const struct config_calendar *calendar = field;
	const struct config *config = in->reader->config;
	const struct config_input detail = config_member(in, "detail");

	config_read_group(in, field);
	for (size_t i = 0; i < config->n_gateways; i++) {
		const struct config_gateway *gateway = &config->gateways[i];

		if (gateway->poll_interval_s > calendar->stale_after_s)
			config_errors_warn(in->reader->errors, in->reader->path,
				gateway->line,
				"gateways[] reads a calendar each %lld s, by "
				"poll_interval, and a reading counts for %lld s, by "
				"calendar.stale_after: in between it is unknown",
				(long long)gateway->poll_interval_s,
				(long long)calendar->stale_after_s);
	}
	if (calendar->detail == CONFIG_DETAIL_ITEMS && config->n_gateways > 0 &&
		!config_impersonates(config))
		config_warn(&detail,
			"is \"items\", which takes impersonate = true, and no gateway "
			"has that: free/busy is read");
}

bool config_impersonates(const struct config *config)
{
	for (size_t i = 0; i < config->n_gateways; i++)
		if (config->gateways[i].impersonate)
			return true;
	return false;
}

/* Whether a mailbox's domain is `domain` or beneath it. */
static bool is_within(const char *mail_domain, const char *domain)
{
	size_t n = strlen(mail_domain);
	size_t suffix = strlen(domain);

	if (n < suffix || strcasecmp(mail_domain + n - suffix, domain) != 0)
		return false;
	return n == suffix || mail_domain[n - suffix - 1] == '.';
}

/* How well a gateway fits: 0 not at all, 1 because it takes everything, else more. */
static size_t fitness(const struct config_gateway *gateway, const char *mail_domain)
{
	size_t best = gateway->n_mail_domains == 0 ? 1 : 0;

	for (size_t i = 0; i < gateway->n_mail_domains; i++) {
		size_t length = strlen(gateway->mail_domains[i]) + 1;

		if (length > best && is_within(mail_domain, gateway->mail_domains[i]))
			best = length;
	}
	return best;
}

size_t config_gateways_for(const struct config *config, const char *mailbox,
	const char *named, const struct config_gateway **out_gateways)
{
	const char *at = strrchr(mailbox, '@');
	size_t fits[CONFIG_GATEWAYS_MAX];
	size_t n = 0;

	if (named && named[0] != '\0') {
		out_gateways[0] = find(config, named);
		return out_gateways[0] ? 1 : 0;
	}
	for (size_t i = 0; i < config->n_gateways; i++) {
		size_t fit = fitness(&config->gateways[i], at ? at + 1 : "");
		size_t place = n;

		if (fit == 0)
			continue;
		n++;
		for (; place > 0 && fits[place - 1] < fit; place--) {
			fits[place] = fits[place - 1];
			out_gateways[place] = out_gateways[place - 1];
		}
		fits[place] = fit;
		out_gateways[place] = &config->gateways[i];
	}
	return n;
}

const struct config_gateway *config_gateway_for(
	const struct config *config, const char *mailbox, const char *named)
{
	const struct config_gateway *gateways[CONFIG_GATEWAYS_MAX];

	return config_gateways_for(config, mailbox, named, gateways) > 0 ? gateways[0]
									 : NULL;
}
