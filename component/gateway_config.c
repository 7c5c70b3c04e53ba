#include "component/gateway_config.h"

#define NOTIFIED_FACTOR 4

/* Whose changes Exchange tells is read seldom, but twice while a reading counts and
 * reaches, so that one that fails changes nothing. */
static int64_t notified_interval(
	const struct config *config, const struct config_gateway *gateway)
{
	int64_t window_s = config->calendar.window_hours * 3600;
	int64_t lasts_s = config->calendar.stale_after_s;
	int64_t most_s = (lasts_s < window_s ? lasts_s : window_s) / 2;
	int64_t seldom_s = gateway->poll_interval_s * NOTIFIED_FACTOR;

	seldom_s = seldom_s < most_s ? seldom_s : most_s;
	return seldom_s > gateway->poll_interval_s ? seldom_s : gateway->poll_interval_s;
}

struct gateway_configure gateway_config_of(
	const struct config *config, const struct config_gateway *gateway)
{
	bool oauth2 = gateway->auth == CONFIG_AUTH_OAUTH2;
	const struct secret *password =
		oauth2 ? &gateway->client_secret : &gateway->password;

	return (struct gateway_configure){
		.name = gateway->name,
		.kind = config_type_name(gateway->type),
		.url = gateway->url,
		.auth = config_auth_name(gateway->auth),
		.username = gateway->username,
		.password = password->bytes,
		.password_len = password->len,
		.ca_file = gateway->ca_file,
		.client_certificate = gateway->client_certificate,
		.client_key = gateway->client_key,
		.tls_min = gateway->tls_min == CONFIG_TLS_1_3 ? "1.3" : "1.2",
		.proxy = gateway->proxy,
		.no_proxy = gateway->no_proxy,
		.proxy_username = gateway->proxy_username,
		.proxy_password = gateway->proxy_password.bytes,
		.proxy_password_len = gateway->proxy_password.len,
		.keytab = gateway->keytab,
		.principal = gateway->principal,
		.service_name = gateway->service_name,
		.authority = gateway->authority,
		.tenant = gateway->tenant,
		.client_id = gateway->client_id,
		.scope = gateway->scope,
		.certificate_file = gateway->certificate_file,
		.key_file = gateway->key_file,
		.flow = config_flow_name(gateway->flow),
		.token_file = gateway->token_file,
		.anchor_mailbox = gateway->anchor_mailbox,
		.autodiscover_hosts = gateway->autodiscover_hosts,
		.autodiscover_url = gateway->autodiscover_url,
		.keyword_filter = config->rule_words,
		.autodiscover = gateway->autodiscover,
		.impersonate = gateway->impersonate,
		.notifications = gateway->notifications,
		.notification_connections = (uint32_t)gateway->notification_connections,
		.notified_interval_s = (uint32_t)notified_interval(config, gateway),
		.automatic_replies = config->calendar.automatic_replies,
		.oof_interval_s = (uint32_t)config->calendar.replies_interval_s,
		.poll_interval_s = (uint32_t)gateway->poll_interval_s,
		.timeout_s = (uint32_t)gateway->timeout_s,
		.concurrency = (uint32_t)gateway->concurrency,
		.window_s = (uint32_t)config->calendar.window_hours * 3600,
	};
}

struct config *gateway_config_load(const char *path, uint64_t generation,
	gateway_config_missing_fn *missing, struct config_errors *errors)
{
	struct config *config = config_load(path, generation, errors);

	for (size_t i = 0; config && i < config->n_gateways; i++) {
		const struct config_gateway *gateway = &config->gateways[i];
		const struct gateway_configure orders =
			gateway_config_of(config, gateway);
		const char *text = missing(&orders);

		if (text)
			config_errors_add(
				errors, path, gateway->line, "gateways[] %s", text);
	}
	if (config && errors->n > 0) {
		config_free(config);
		config = NULL;
	}
	return config;
}
