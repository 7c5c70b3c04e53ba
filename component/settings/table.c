#include "component/settings/normalise.h"
#include "component/settings/reader.h"

#include <stddef.h>

/* A key that is read by config_read_KIND() into a member of struct config_GROUP, of its
 * own name or (AT) another one. */
#define AT(group, member, key_name, kind, default_text) \
	KEY(config_##group, member, key_name, config_read_##kind, default_text)
#define KEY(struct_name, member, key_name, reader, default_text) \
	.name = (key_name), .read = (reader),                    \
	.offset = offsetof(struct struct_name, member), .fallback = (default_text)
#define IS(group, member, kind, default_text) \
	AT(group, member, #member, kind, default_text)
/* Likewise, into struct config itself. */
#define TOP(member, kind) KEY(config, member, #member, config_read_##kind, "")
/* One whose reader knows where it goes. */
#define OTHER(key_name, kind, default_text) \
	.name = (key_name), .read = config_read_##kind, .fallback = (default_text)
#define GONE(key_name, instead) \
	.name = (key_name), .read = config_read_gone, .gone = (instead)

#define RANGE(least, most) .min = (least), .max = (most)
/* The form in which a text is kept. */
#define AS(form) .normalise = config_normalise_##form

static const struct config_choice sources[] = {
	{"auto", CONFIG_SOURCE_AUTO, false},
	{"module", CONFIG_SOURCE_MODULE, false},
	{"privilege", CONFIG_SOURCE_PRIVILEGE, false},
	{"subscription", CONFIG_SOURCE_SUBSCRIPTION, false},
	{0},
};

static const struct config_choice gateway_types[] = {
	{"ews", CONFIG_GATEWAY_EWS, false},
	{"graph", CONFIG_GATEWAY_GRAPH, false},
	{0},
};

static const struct config_choice auths[] = {
	{"basic", CONFIG_AUTH_BASIC, false},
	{"ntlm", CONFIG_AUTH_NTLM, false},
	{"negotiate", CONFIG_AUTH_NEGOTIATE, false},
	{"oauth2", CONFIG_AUTH_OAUTH2, false},
	{0},
};

static const struct config_choice flows[] = {
	{"client_credentials", CONFIG_FLOW_CLIENT_CREDENTIALS, false},
	{"device_code", CONFIG_FLOW_DEVICE_CODE, false},
	{0},
};

static const char *name_of(const struct config_choice *choice, int value)
{
	while (choice->value != value)
		choice++;
	return choice->name;
}

const char *config_type_name(enum config_gateway_type type)
{
	return name_of(gateway_types, (int)type);
}

const char *config_auth_name(enum config_auth auth)
{
	return name_of(auths, (int)auth);
}

const char *config_flow_name(enum config_flow flow)
{
	return name_of(flows, (int)flow);
}

static const struct config_choice clouds[] = {
	{"global", CONFIG_CLOUD_GLOBAL, false},
	{"gcc-high", CONFIG_CLOUD_GCC_HIGH, false},
	{"dod", CONFIG_CLOUD_DOD, false},
	{"china", CONFIG_CLOUD_CHINA, false},
	{"bleu", CONFIG_CLOUD_BLEU, false},
	{"delos", CONFIG_CLOUD_DELOS, false},
	{0},
};

static const struct config_choice tls_versions[] = {
	{"1.2", CONFIG_TLS_1_2, false},
	{"1.3", CONFIG_TLS_1_3, false},
	{0},
};

static const struct config_choice modes[] = {
	{"component", CONFIG_MODE_COMPONENT, false},
	{"user", CONFIG_MODE_USER, false},
	{"activity", 0, true},
	{0},
};

static const struct config_choice watchers[] = {
	{"contacts", CONFIG_WATCHERS_CONTACTS, false},
	{"domain", CONFIG_WATCHERS_DOMAIN, false},
	{"list", CONFIG_WATCHERS_LIST, false},
	{"ask", 0, true},
	{0},
};

static const struct config_choice details[] = {
	{"freebusy", CONFIG_DETAIL_FREEBUSY, false},
	{"items", CONFIG_DETAIL_ITEMS, false},
	{0},
};

static const struct config_choice offlines[] = {
	{"offline", CONFIG_OFFLINE_OFFLINE, false},
	{"overlay", CONFIG_OFFLINE_OVERLAY, false},
	{0},
};

static const struct config_choice shows[] = {
	{"away", SHOW_AWAY, false},
	{"xa", SHOW_XA, false},
	{"dnd", SHOW_DND, false},
	{"keep", CONFIG_SHOW_KEEP, false},
	{0},
};

static const struct config_choice states[] = {
	{"free", CAL_FREE, false},
	{"tentative", CAL_TENTATIVE, false},
	{"elsewhere", CAL_ELSEWHERE, false},
	{"busy", CAL_BUSY, false},
	{"oof", CAL_OOF, false},
	{0},
};

static const struct config_choice responses[] = {
	{"organizer", CAL_EVENT_ORGANIZER, false},
	{"accept", CAL_EVENT_ACCEPTED, false},
	{"tentative", CAL_EVENT_TENTATIVE, false},
	{"none", CAL_EVENT_UNANSWERED, false},
	{0},
};

static const struct config_choice levels[] = {
	{"error", LOG_LEVEL_ERROR, false},
	{"warning", LOG_LEVEL_WARNING, false},
	{"info", LOG_LEVEL_INFO, false},
	{"debug", LOG_LEVEL_DEBUG, false},
	{0},
};

static const struct config_choice log_formats[] = {
	{"text", 0, false},
	{"json", 1, false},
	{0},
};

static const struct config_key component_keys[] = {
	{IS(component, jid, text, ""), AS(domain), .required = true},
	{IS(component, host, text, "127.0.0.1"), AS(host)},
	{IS(component, port, integer, "5347"), RANGE(1, 65535)},
	{IS(component, secret, secret, "")},
	{AT(component, secret, "secret_file", secret_file, "")},
	{IS(component, plaintext_ok, boolean, "false")},
	{0},
};

static const struct config_key presence_keys[] = {
	{IS(presence, source, choice, "auto"), .choices = sources},
	{0},
};

static const struct config_key domain_keys[] = {
	{IS(domain, im, text, ""), AS(domain), .required = true},
	{IS(domain, mail, text, ""), AS(mail_domain), .required = true},
	{AT(domain, is_default, "default", boolean, "false")},
	{0},
};

static const struct config_key user_keys[] = {
	{IS(user, jid, text, ""), AS(person)},
	{IS(user, mailbox, text, ""), AS(mail), .required = true},
	{IS(user, gateway, text, ""), AS(name)},
	{IS(user, name, text, "")},
	{0},
};

/* Which ways to log on use a key of a gateway, which flows of auth = "oauth2", and
 * which types. */
#define USES_NAME .auths = (1u << CONFIG_AUTH_BASIC | 1u << CONFIG_AUTH_NTLM)
#define USES_KEYTAB .auths = 1u << CONFIG_AUTH_NEGOTIATE
#define USES_OAUTH2 .auths = 1u << CONFIG_AUTH_OAUTH2
#define USES_APPLICATION USES_OAUTH2, .flows = 1u << CONFIG_FLOW_CLIENT_CREDENTIALS
#define USES_SIGN_IN USES_OAUTH2, .flows = 1u << CONFIG_FLOW_DEVICE_CODE
#define USES_EWS .types = 1u << CONFIG_GATEWAY_EWS

static const struct config_key gateway_keys[] = {
	{IS(gateway, name, text, ""), AS(name), .required = true},
	{IS(gateway, type, choice, "ews"), .choices = gateway_types},
	{IS(gateway, url, urls, "[ ]"), AS(url)},
	{IS(gateway, autodiscover, boolean, "false"), USES_EWS},
	{IS(gateway, autodiscover_hosts, hosts, "[ ]"), AS(host), USES_EWS},
	{IS(gateway, autodiscover_url, text, ""), AS(autodiscover), USES_EWS},
	{OTHER("mail_domains", mail_domains, "[ ]"), AS(mail_domain)},
	{IS(gateway, auth, choice, "basic"), .choices = auths},
	{IS(gateway, username, text, ""), USES_NAME},
	{IS(gateway, password, secret, ""), USES_NAME},
	{AT(gateway, password, "password_file", secret_file, ""), USES_NAME},
	{IS(gateway, keytab, private_path, ""), USES_KEYTAB},
	{IS(gateway, principal, text, ""), USES_KEYTAB},
	{IS(gateway, service_name, text, "HTTP"), USES_KEYTAB},
	{IS(gateway, cloud, choice, "global"), .choices = clouds, USES_OAUTH2},
	{IS(gateway, authority, text, ""), AS(url), USES_OAUTH2},
	{IS(gateway, tenant, text, ""), AS(name), USES_OAUTH2},
	{IS(gateway, client_id, text, ""), USES_OAUTH2},
	{IS(gateway, client_secret, secret, ""), USES_APPLICATION},
	{AT(gateway, client_secret, "client_secret_file", secret_file, ""),
		USES_APPLICATION},
	{IS(gateway, certificate_file, certificates, ""), USES_APPLICATION},
	{IS(gateway, key_file, private_path, ""), USES_APPLICATION},
	{IS(gateway, scope, text, ""), USES_OAUTH2, USES_EWS},
	{IS(gateway, flow, choice, "client_credentials"), .choices = flows, USES_OAUTH2,
		USES_EWS},
	{IS(gateway, token_file, path, ""), USES_SIGN_IN, USES_EWS},
	{IS(gateway, impersonate, boolean, "false"), USES_EWS},
	{IS(gateway, notifications, boolean, "impersonate"), USES_EWS},
	{IS(gateway, notification_connections, integer, "10"), RANGE(1, 64), USES_EWS},
	{IS(gateway, anchor_mailbox, text, ""), AS(mail), USES_OAUTH2},
	{AT(gateway, poll_interval_s, "poll_interval", integer, "300"), RANGE(1, 86400)},
	{AT(gateway, timeout_s, "timeout", integer, "90"), RANGE(1, 600)},
	{IS(gateway, concurrency, integer, "4"), RANGE(1, 32)},
	{IS(gateway, ca_file, certificates, "")},
	{IS(gateway, client_certificate, certificates, "")},
	{IS(gateway, client_key, private_path, "")},
	{IS(gateway, tls_min, choice, "1.2"), .choices = tls_versions},
	{IS(gateway, proxy, text, ""), AS(proxy)},
	{IS(gateway, proxy_username, text, "")},
	{IS(gateway, proxy_password, secret, "")},
	{AT(gateway, proxy_password, "proxy_password_file", secret_file, "")},
	{IS(gateway, no_proxy, text, ""), AS(no_proxy)},
	{0},
};

static const struct config_key calendar_keys[] = {
	{IS(calendar, window_hours, integer, "24"), RANGE(1, 720)},
	{AT(calendar, stale_after_s, "stale_after", integer, "3600"), RANGE(1, 604800)},
	{IS(calendar, automatic_replies, boolean, "false")},
	{AT(calendar, replies_interval_s, "replies_interval", integer, "1800"),
		RANGE(900, 86400)},
	{IS(calendar, detail, choice, "freebusy"), .choices = details},
	{0},
};

const struct config_key config_status_keys[] = {
	{KEY(status_text, lang, "lang", config_read_text, ""), AS(language)},
	{KEY(status_text, text, "text", config_read_text, ""), .required = true},
	{0},
};

static const struct config_key overlay_keys[] = {
	{IS(overlay, show, choice, "keep"), .choices = shows},
	{IS(overlay, status, status, ""), .keys = config_status_keys},
	{0},
};

#define OVERLAY(state, key_name)                                        \
	KEY(overlay_map, of[state], key_name, config_read_overlay, ""), \
		.keys = overlay_keys

static const struct config_key mapping_keys[] = {
	{OVERLAY(CAL_OOF, "oof")},
	{OVERLAY(CAL_BUSY, "busy")},
	{OVERLAY(CAL_TENTATIVE, "tentative")},
	{OVERLAY(CAL_ELSEWHERE, "elsewhere")},
	{0},
};

/* The kind of words is their flag. */
#define RULE(member, key_name, kind) \
	KEY(cal_rule, member, key_name, config_read_##kind, "")
#define CONDITION(key_name, bit) OTHER(key_name, condition, ""), .flag = (bit)

static const struct config_key rule_keys[] = {
	{RULE(states, "state", choices), .choices = states, .places = true},
	{CONDITION("all_day", CAL_EVENT_ALL_DAY)},
	{CONDITION("private", CAL_EVENT_PRIVATE)},
	{CONDITION("meeting", CAL_EVENT_MEETING)},
	{CONDITION("recurring", CAL_EVENT_RECURRING)},
	{RULE(any[0], "response", choices), .choices = responses},
	{RULE(any[1], "category", words), .flag = 'c'},
	{RULE(any[2], "organizer", words), .flag = 'o'},
	{KEY(cal_rule, as, "as", config_read_choice, "free"), .choices = states,
		.required = true},
	{0},
};

static const struct config_key publish_keys[] = {
	{IS(publish, modes, modes, "[ \"component\" ]"), .choices = modes},
	{IS(publish, watchers, choice, "contacts"), .choices = watchers},
	{OTHER("watcher_list", watcher_list, "[ ]"), AS(watcher)},
	{GONE("external", "contacts of other servers are shown what hers are, by the "
			  "module in the server")},
	{IS(publish, resource, text, "calendar"), AS(resource)},
	{IS(publish, offline, choice, "offline"), .choices = offlines},
	{GONE("ignore_blocking",
		"in mode user the server itself keeps to her block list")},
	{AT(publish, roster_max_age_s, "roster_max_age", integer, "600"),
		RANGE(1, 86400)},
	{GONE("settle_ms",
		"in mode user the server itself shows what is to be seen, once")},
	{0},
};

static const struct config_key store_keys[] = {
	{IS(store, path, path, "/var/lib/calpresence/calpresence.db"), .restart = true},
	{0},
};

static const struct config_key control_keys[] = {
	{IS(control, socket, path, "/run/calpresence/control.sock"), AS(socket),
		.restart = true},
	{0},
};

static const struct config_key log_keys[] = {
	{IS(log, level, choice, "info"), .choices = levels},
	{AT(log, json, "format", log_format, "text"), .choices = log_formats},
	{0},
};

const struct config_key config_keys[] = {
	{TOP(component, component), .keys = component_keys, .required = true},
	{TOP(presence, group), .keys = presence_keys},
	{OTHER("gateways", gateways, ""), .keys = gateway_keys, .required = true},
	{OTHER("domains", domains, "( )"), .keys = domain_keys},
	{OTHER("users", users, "( )"), .keys = user_keys},
	{OTHER("users_file", users_file, "")},
	{TOP(calendar, calendar), .keys = calendar_keys},
	{TOP(mapping, mapping), .keys = mapping_keys},
	{TOP(room_mapping, room_mapping), .keys = mapping_keys},
	{OTHER("rules", rules, "( )"), .keys = rule_keys},
	{TOP(publish, publish), .keys = publish_keys},
	{TOP(store, group), .keys = store_keys},
	{TOP(control, group), .keys = control_keys},
	{OTHER("http", absent, "")},
	{TOP(log, group), .keys = log_keys},
	{0},
};
