#include "component/settings/reader.h"

#include <stdio.h>
#include <string.h>

#define BASIC (1u << CONFIG_AUTH_BASIC)
#define NTLM (1u << CONFIG_AUTH_NTLM)
#define NEGOTIATE (1u << CONFIG_AUTH_NEGOTIATE)
#define OAUTH2 (1u << CONFIG_AUTH_OAUTH2)

#define APPLICATION (1u << CONFIG_FLOW_CLIENT_CREDENTIALS)
#define SIGNED_IN (1u << CONFIG_FLOW_DEVICE_CODE)

/* Which ways to log on use a key, and which flows of auth = "oauth2"; 0: all. */
static const struct {
	const char *key;
	unsigned auths;
	unsigned flows;
} uses[] = {
	{"username", BASIC | NTLM, 0},
	{"password", BASIC | NTLM, 0},
	{"password_file", BASIC | NTLM, 0},
	{"keytab", NEGOTIATE, 0},
	{"principal", NEGOTIATE, 0},
	{"service_name", NEGOTIATE, 0},
	{"cloud", OAUTH2, 0},
	{"authority", OAUTH2, 0},
	{"tenant", OAUTH2, 0},
	{"client_id", OAUTH2, 0},
	{"client_secret", OAUTH2, APPLICATION},
	{"client_secret_file", OAUTH2, APPLICATION},
	{"certificate_file", OAUTH2, APPLICATION},
	{"key_file", OAUTH2, APPLICATION},
	{"scope", OAUTH2, 0},
	{"flow", OAUTH2, 0},
	{"token_file", OAUTH2, SIGNED_IN},
	{"anchor_mailbox", OAUTH2, 0},
};

/* Where Microsoft's clouds are: who issues tokens, and for which Exchange. */
static const struct {
	const char *authority;
	const char *exchange;
} clouds[] = {
	[CONFIG_CLOUD_GLOBAL] = {"https://login.microsoftonline.com",
		"outlook.office365.com"},
	[CONFIG_CLOUD_GCC_HIGH] = {"https://login.microsoftonline.us",
		"outlook.office365.us"},
	[CONFIG_CLOUD_DOD] = {"https://login.microsoftonline.us",
		"outlook-dod.office365.us"},
	[CONFIG_CLOUD_CHINA] = {"https://login.partner.microsoftonline.cn",
		"partner.outlook.cn"},
	[CONFIG_CLOUD_BLEU] = {"https://login.sovcloud-identity.fr",
		"outlook.sovcloud.fr"},
	[CONFIG_CLOUD_DELOS] = {"https://login.sovcloud-identity.de",
		"outlook.sovcloud.de"},
};

static bool has(const config_setting_t *group, const char *key)
{
	return config_setting_get_member(group, key) != NULL;
}

static void need(
	struct config_reader *reader, const config_setting_t *group, const char *key)
{
	if (!has(group, key))
		config_reader_error(reader, group, "needs the key \"%s\"", key);
	else
		config_check_filled(reader, group, key);
}

/* Two keys of which each is of use only with the other. */
static void check_pair(struct config_reader *reader, const config_setting_t *group,
	const char *first, const char *second)
{
	if (has(group, first) != has(group, second))
		config_reader_error(reader, group, "has \"%s\" without \"%s\"",
			has(group, first) ? first : second,
			has(group, first) ? second : first);
}

static void check_strangers(struct config_reader *reader, const config_setting_t *group,
	const struct config_gateway *gateway)
{
	static const char *const auths[] = {"basic", "ntlm", "negotiate", "oauth2"};
	static const char *const flows[] = {
		[CONFIG_FLOW_CLIENT_CREDENTIALS] = "client_credentials",
		[CONFIG_FLOW_DEVICE_CODE] = "device_code"};

	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		const config_setting_t *setting =
			config_setting_get_member(group, uses[i].key);

		if (!setting)
			continue;
		if (!(uses[i].auths & (1u << gateway->auth)))
			config_reader_error(reader, setting,
				"is not used with auth = \"%s\"", auths[gateway->auth]);
		else if (uses[i].flows && !(uses[i].flows & (1u << gateway->flow)))
			config_reader_error(reader, setting,
				"is not used with flow = \"%s\"", flows[gateway->flow]);
	}
}

/* An application proves itself by its secret or by its certificate. */
static void check_application(struct config_reader *reader, const config_setting_t *group,
	struct config_gateway *gateway)
{
	bool certificate = has(group, "certificate_file") || has(group, "key_file");
	bool secret = has(group, "client_secret") || has(group, "client_secret_file");

	check_pair(reader, group, "certificate_file", "key_file");
	if (certificate && secret)
		config_reader_error(reader, group,
			"has both a certificate and a client secret: keep one");
	else if (!certificate && !secret)
		config_reader_error(reader, group,
			"needs \"client_secret_file\", or \"certificate_file\" and "
			"\"key_file\"");
	else if (secret)
		config_check_secret(reader, group, "client_secret", "client_secret_file");
	/* Exchange Online answers an application only in somebody's name. */
	gateway->impersonate = true;
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
	const char *copy = config_reader_copy(reader, scope, strlen(scope));
	gateway->scope = copy ? copy : "";
}

static void check_oauth2(struct config_reader *reader, const config_setting_t *group,
	struct config_gateway *gateway)
{
	need(reader, group, "tenant");
	need(reader, group, "client_id");
	if (gateway->flow == CONFIG_FLOW_CLIENT_CREDENTIALS)
		check_application(reader, group, gateway);
	else
		need(reader, group, "token_file");
	fill_in(reader, gateway);
}

void config_check_log_on(struct config_reader *reader, const config_setting_t *group,
	struct config_gateway *gateway)
{
	switch (gateway->auth) {
	case CONFIG_AUTH_BASIC:
	case CONFIG_AUTH_NTLM:
		need(reader, group, "username");
		config_check_secret(reader, group, "password", "password_file");
		break;
	case CONFIG_AUTH_NEGOTIATE:
		need(reader, group, "keytab");
		break;
	case CONFIG_AUTH_OAUTH2:
		check_oauth2(reader, group, gateway);
		break;
	}
	check_strangers(reader, group, gateway);
	check_pair(reader, group, "client_certificate", "client_key");
	if (has(group, "proxy_username") || has(group, "proxy_password") ||
		has(group, "proxy_password_file")) {
		need(reader, group, "proxy");
		need(reader, group, "proxy_username");
		config_check_secret(
			reader, group, "proxy_password", "proxy_password_file");
	}
}
