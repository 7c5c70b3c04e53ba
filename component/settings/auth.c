#include "base/url.h"
#include "component/settings/reader.h"

#include <stdio.h>
#include <string.h>

#define GRAPH_INTERVAL_S 60 // poll_interval, unless it says so

/* Where Microsoft's clouds are: who issues tokens, for which Exchange, and where Graph is
 * (docs: graph/deployments). */
static const struct {
	const char *authority;
	const char *exchange;
	const char *graph;
} clouds[] = {
	[CONFIG_CLOUD_GLOBAL] = {"https://login.microsoftonline.com",
		"outlook.office365.com", "https://graph.microsoft.com"},
	[CONFIG_CLOUD_GCC_HIGH] = {"https://login.microsoftonline.us",
		"outlook.office365.us", "https://graph.microsoft.us"},
	[CONFIG_CLOUD_DOD] = {"https://login.microsoftonline.us",
		"outlook-dod.office365.us", "https://dod-graph.microsoft.us"},
	[CONFIG_CLOUD_CHINA] = {"https://login.partner.microsoftonline.cn",
		"partner.outlook.cn", "https://microsoftgraph.chinacloudapi.cn"},
	[CONFIG_CLOUD_BLEU] = {"https://login.sovcloud-identity.fr",
		"outlook.sovcloud.fr", "https://graph.svc.sovcloud.fr"},
	[CONFIG_CLOUD_DELOS] = {"https://login.sovcloud-identity.de",
		"outlook.sovcloud.de", "https://graph.svc.sovcloud.de"},
};

static void need(const struct config_input *group, const char *key)
{
	if (!config_has(group, key))
		config_error(group, "needs the key \"%s\"", key);
	else
		config_check_filled(group, key);
}

/* Two keys of which each is of use only with the other. */
static void check_pair(
	const struct config_input *group, const char *first, const char *second)
{
	bool has_first = config_has(group, first);

	if (has_first != config_has(group, second))
		config_error(group, "has \"%s\" without \"%s\"",
			has_first ? first : second, has_first ? second : first);
}

/* Keys that only other types use, other ways to log on, or other flows. */
static void check_strangers(
	const struct config_input *group, const struct config_gateway *gateway)
{
	for (const struct config_key *key = group->key->keys; key->name; key++) {
		const struct config_input in = config_member(group, key->name);

		if (!in.setting)
			continue;
		if (key->types && !(key->types & (1u << gateway->type)))
			config_error(&in, "is not used with type = \"%s\"",
				config_type_name(gateway->type));
		else if (key->auths && !(key->auths & (1u << gateway->auth)))
			config_error(&in, "is not used with auth = \"%s\"",
				config_auth_name(gateway->auth));
		else if (key->flows && !(key->flows & (1u << gateway->flow)))
			config_error(&in, "is not used with flow = \"%s\"",
				config_flow_name(gateway->flow));
	}
}

/* An application proves itself by its secret or by its certificate. */
static void check_application(
	const struct config_input *group, struct config_gateway *gateway)
{
	bool certificate =
		config_has(group, "certificate_file") || config_has(group, "key_file");
	bool secret = config_has(group, "client_secret") ||
		      config_has(group, "client_secret_file");

	check_pair(group, "certificate_file", "key_file");
	if (certificate && secret)
		config_error(
			group, "has both a certificate and a client secret: keep one");
	else if (!certificate && !secret)
		config_error(group,
			"needs \"client_secret_file\", or \"certificate_file\" and "
			"\"key_file\"");
	else if (secret)
		config_check_secret(group, "client_secret", "client_secret_file");
	/* Exchange Online answers an application only in somebody's name; of Graph that
	 * is no setting. */
	gateway->impersonate = gateway->type == CONFIG_GATEWAY_EWS;
}

/* Credentials and tokens go to the cloud that was named and to nobody else; a proxy of
 * the site on this machine may stand before it. */
static void check_graph_host(const struct config_input *group, const char *key,
	const char *given, const char *cloud)
{
	const struct config_input in = config_member(group, key);
	struct url url;
	struct url wanted;

	if (!in.setting || given[0] == '\0' || url_parse(given, &url) ||
		url_parse(cloud, &wanted))
		return;
	if (!url_is_loopback(url.host) && strcmp(url.host, wanted.host) != 0)
		config_error(&in,
			"has to be that of the cloud, \"%s\", or one on this machine",
			cloud);
}

static void fill_in_graph(
	const struct config_input *group, struct config_gateway *gateway)
{
	char scope[256];
	const char *graph = clouds[gateway->cloud].graph;
	const char *authority = clouds[gateway->cloud].authority;

	if (gateway->cloud == CONFIG_CLOUD_CHINA &&
		strcmp(gateway->authority, "https://login.chinacloudapi.cn") == 0)
		authority = gateway->authority; // its other name
	check_graph_host(group, "url", gateway->url, graph);
	check_graph_host(group, "authority", gateway->authority, authority);
	if (gateway->authority[0] == '\0')
		gateway->authority = authority;
	if (gateway->url[0] == '\0')
		gateway->url = graph;
	(void)snprintf(scope, sizeof(scope), "%s/.default", graph);
	const char *copy = config_reader_copy(group->reader, scope);
	gateway->scope = copy ? copy : "";
	if (!config_has(group, "poll_interval"))
		gateway->poll_interval_s = GRAPH_INTERVAL_S;
}

/* Graph takes tokens and nothing else. */
static void check_graph(const struct config_input *group, struct config_gateway *gateway)
{
	const struct config_input in = config_member(group, "auth");

	if (in.setting && gateway->auth != CONFIG_AUTH_OAUTH2)
		config_error(&in, "has to be \"oauth2\" with type = \"graph\"");
	gateway->auth = CONFIG_AUTH_OAUTH2;
	gateway->flow = CONFIG_FLOW_CLIENT_CREDENTIALS;
}

static void fill_in(struct config_reader *reader, struct config_gateway *gateway)
{
	char scope[256];
	bool application = gateway->flow == CONFIG_FLOW_CLIENT_CREDENTIALS;

	if (gateway->authority[0] == '\0')
		gateway->authority = clouds[gateway->cloud].authority;
	if (gateway->scope[0] != '\0')
		return;
	(void)snprintf(scope, sizeof(scope), "https://%s/%s",
		clouds[gateway->cloud].exchange,
		application ? ".default" : "EWS.AccessAsUser.All offline_access");
	const char *copy = config_reader_copy(reader, scope);
	gateway->scope = copy ? copy : "";
}

void config_check_auth(const struct config_input *group, struct config_gateway *gateway)
{
	if (gateway->type == CONFIG_GATEWAY_GRAPH)
		check_graph(group, gateway);
	switch (gateway->auth) {
	case CONFIG_AUTH_BASIC:
	case CONFIG_AUTH_NTLM:
		need(group, "username");
		config_check_secret(group, "password", "password_file");
		break;
	case CONFIG_AUTH_NEGOTIATE:
		need(group, "keytab");
		break;
	case CONFIG_AUTH_OAUTH2:
		need(group, "tenant");
		need(group, "client_id");
		if (gateway->flow == CONFIG_FLOW_CLIENT_CREDENTIALS)
			check_application(group, gateway);
		else
			need(group, "token_file");
		if (gateway->type == CONFIG_GATEWAY_GRAPH)
			fill_in_graph(group, gateway);
		else
			fill_in(group->reader, gateway);
		break;
	}
	check_strangers(group, gateway);
	check_pair(group, "client_certificate", "client_key");
	if (config_has(group, "proxy_username") || config_has(group, "proxy_password") ||
		config_has(group, "proxy_password_file")) {
		need(group, "proxy");
		need(group, "proxy_username");
		config_check_secret(group, "proxy_password", "proxy_password_file");
	}
}
