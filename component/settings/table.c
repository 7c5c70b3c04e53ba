#include "component/settings/canon.h"
#include "component/settings/reader.h"

#include <stddef.h>

/* One macro line a key: name, reader, where it goes, its default. */
#define KEY(struct_name, member, key_name, reader, default_text) \
	.name = (key_name), .read = (reader),                    \
	.offset = offsetof(struct struct_name, member), .fallback = (default_text)

static const struct config_choice sources[] = {
	{"auto", CONFIG_SOURCE_AUTO, false},
	{"privilege", CONFIG_SOURCE_PRIVILEGE, false},
	{"subscription", CONFIG_SOURCE_SUBSCRIPTION, false},
	{0},
};

static const struct config_choice gateway_types[] = {
	{"ews", CONFIG_GATEWAY_EWS, false},
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

#define STATES(ROW)                                                     \
	ROW("free", CAL_FREE), ROW("tentative", CAL_TENTATIVE),         \
		ROW("elsewhere", CAL_ELSEWHERE), ROW("busy", CAL_BUSY), \
		ROW("oof", CAL_OOF),                                    \
	{                                                               \
		0                                                       \
	}
#define STATE(name, state)         \
	{                          \
		name, state, false \
	}
#define STATE_BIT(name, state)            \
	{                                 \
		name, 1 << (state), false \
	}

static const struct config_choice states[] = {STATES(STATE)};
static const struct config_choice state_bits[] = {STATES(STATE_BIT)};

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
	{KEY(config_component, jid, "jid", config_read_text, ""),
		.canon = config_canon_domain, .required = true},
	{KEY(config_component, host, "host", config_read_text, "127.0.0.1"),
		.canon = config_canon_host},
	{KEY(config_component, port, "port", config_read_integer, "5347"), .min = 1,
		.max = 65535},
	{KEY(config_component, secret, "secret", config_read_secret, "")},
	{KEY(config_component, secret, "secret_file", config_read_secret_file, "")},
	{KEY(config_component, plaintext_ok, "plaintext_ok", config_read_boolean,
		"false")},
	{0},
};

static const struct config_key presence_keys[] = {
	{KEY(config_presence, source, "source", config_read_choice, "auto"),
		.choices = sources},
	{0},
};

static const struct config_key domain_keys[] = {
	{KEY(config_domain, im, "im", config_read_text, ""), .canon = config_canon_domain,
		.required = true},
	{KEY(config_domain, mail, "mail", config_read_text, ""),
		.canon = config_canon_mail_domain, .required = true},
	{KEY(config_domain, is_default, "default", config_read_boolean, "false")},
	{0},
};

static const struct config_key user_keys[] = {
	{KEY(config_user, jid, "jid", config_read_text, ""),
		.canon = config_canon_person},
	{KEY(config_user, mailbox, "mailbox", config_read_text, ""),
		.canon = config_canon_mail, .required = true},
	{KEY(config_user, gateway, "gateway", config_read_text, ""),
		.canon = config_canon_name},
	{KEY(config_user, name, "name", config_read_text, "")},
	{0},
};

static const struct config_key gateway_keys[] = {
	{KEY(config_gateway, name, "name", config_read_text, ""),
		.canon = config_canon_name, .required = true},
	{KEY(config_gateway, type, "type", config_read_choice, "ews"),
		.choices = gateway_types},
	{KEY(config_gateway, url, "url", config_read_urls, "[ ]"),
		.canon = config_canon_url},
	{KEY(config_gateway, autodiscover, "autodiscover", config_read_boolean, "false")},
	{KEY(config_gateway, autodiscover_hosts, "autodiscover_hosts", config_read_hosts,
		 "[ ]"),
		.canon = config_canon_host},
	{KEY(config_gateway, autodiscover_url, "autodiscover_url", config_read_text, ""),
		.canon = config_canon_autodiscover},
	{.name = "mail_domains",
		.read = config_read_mail_domains,
		.fallback = "[ ]",
		.canon = config_canon_mail_domain},
	{KEY(config_gateway, auth, "auth", config_read_choice, "basic"),
		.choices = auths},
	{KEY(config_gateway, username, "username", config_read_text, "")},
	{KEY(config_gateway, password, "password", config_read_secret, "")},
	{KEY(config_gateway, password, "password_file", config_read_secret_file, "")},
	{KEY(config_gateway, keytab, "keytab", config_read_private_path, "")},
	{KEY(config_gateway, principal, "principal", config_read_text, "")},
	{KEY(config_gateway, service_name, "service_name", config_read_text, "HTTP")},
	{KEY(config_gateway, cloud, "cloud", config_read_choice, "global"),
		.choices = clouds},
	{KEY(config_gateway, authority, "authority", config_read_text, ""),
		.canon = config_canon_url},
	{KEY(config_gateway, tenant, "tenant", config_read_text, ""),
		.canon = config_canon_name},
	{KEY(config_gateway, client_id, "client_id", config_read_text, "")},
	{KEY(config_gateway, client_secret, "client_secret", config_read_secret, "")},
	{KEY(config_gateway, client_secret, "client_secret_file", config_read_secret_file,
		"")},
	{KEY(config_gateway, certificate_file, "certificate_file",
		config_read_readable_path, "")},
	{KEY(config_gateway, key_file, "key_file", config_read_private_path, "")},
	{KEY(config_gateway, scope, "scope", config_read_text, "")},
	{KEY(config_gateway, flow, "flow", config_read_choice, "client_credentials"),
		.choices = flows},
	{KEY(config_gateway, token_file, "token_file", config_read_path, "")},
	{KEY(config_gateway, impersonate, "impersonate", config_read_boolean, "false")},
	{KEY(config_gateway, notifications, "notifications", config_read_boolean,
		"impersonate")},
	{KEY(config_gateway, notification_connections, "notification_connections",
		 config_read_integer, "10"),
		.min = 1, .max = 64},
	{KEY(config_gateway, anchor_mailbox, "anchor_mailbox", config_read_text, ""),
		.canon = config_canon_mail},
	{KEY(config_gateway, poll_interval_s, "poll_interval", config_read_integer,
		 "300"),
		.min = 1, .max = 86400},
	{KEY(config_gateway, timeout_s, "timeout", config_read_integer, "90"), .min = 1,
		.max = 600},
	{KEY(config_gateway, concurrency, "concurrency", config_read_integer, "4"),
		.min = 1, .max = 32},
	{KEY(config_gateway, ca_file, "ca_file", config_read_readable_path, "")},
	{KEY(config_gateway, client_certificate, "client_certificate",
		config_read_readable_path, "")},
	{KEY(config_gateway, client_key, "client_key", config_read_private_path, "")},
	{KEY(config_gateway, tls_min, "tls_min", config_read_choice, "1.2"),
		.choices = tls_versions},
	{KEY(config_gateway, proxy, "proxy", config_read_text, ""),
		.canon = config_canon_proxy},
	{KEY(config_gateway, proxy_username, "proxy_username", config_read_text, "")},
	{KEY(config_gateway, proxy_password, "proxy_password", config_read_secret, "")},
	{KEY(config_gateway, proxy_password, "proxy_password_file",
		config_read_secret_file, "")},
	{KEY(config_gateway, no_proxy, "no_proxy", config_read_text, ""),
		.canon = config_canon_no_proxy},
	{0},
};

static const struct config_key calendar_keys[] = {
	{KEY(config_calendar, window_hours, "window_hours", config_read_integer, "24"),
		.min = 1, .max = 720},
	{KEY(config_calendar, stale_after_s, "stale_after", config_read_integer, "3600"),
		.min = 1, .max = 604800},
	{KEY(config_calendar, automatic_replies, "automatic_replies", config_read_boolean,
		"false")},
	{KEY(config_calendar, replies_interval_s, "replies_interval", config_read_integer,
		 "1800"),
		.min = 900, .max = 86400},
	{KEY(config_calendar, detail, "detail", config_read_choice, "freebusy"),
		.choices = details},
	{0},
};

const struct config_key config_status_keys[] = {
	{KEY(status_text, lang, "lang", config_read_text, ""),
		.canon = config_canon_language},
	{KEY(status_text, text, "text", config_read_text, ""), .required = true},
	{0},
};

static const struct config_key overlay_keys[] = {
	{KEY(config_overlay, show, "show", config_read_choice, "keep"), .choices = shows},
	{KEY(config_overlay, status, "status", config_read_status, ""),
		.keys = config_status_keys},
	{0},
};

#define OVERLAY(state, key_name)                                                \
	{                                                                       \
		KEY(overlay_map, of[state], key_name, config_read_overlay, ""), \
			.keys = overlay_keys                                    \
	}

static const struct config_key mapping_keys[] = {
	OVERLAY(CAL_OOF, "oof"),
	OVERLAY(CAL_BUSY, "busy"),
	OVERLAY(CAL_TENTATIVE, "tentative"),
	OVERLAY(CAL_ELSEWHERE, "elsewhere"),
	{0},
};

static const struct config_key rule_keys[] = {
	{KEY(config_rule, states, "state", config_read_states, ""),
		.choices = state_bits},
	{KEY(config_rule, all_day, "all_day", config_read_condition, "")},
	{KEY(config_rule, is_private, "private", config_read_condition, "")},
	{KEY(config_rule, meeting, "meeting", config_read_condition, "")},
	{KEY(config_rule, recurring, "recurring", config_read_condition, "")},
	{KEY(config_rule, responses, "response", config_read_responses, ""),
		.choices = responses},
	{KEY(config_rule, categories, "category", config_read_categories, "")},
	{KEY(config_rule, organizers, "organizer", config_read_organizers, "")},
	{KEY(config_rule, as, "as", config_read_choice, "free"), .choices = states,
		.required = true},
	{0},
};

static const struct config_key publish_keys[] = {
	{KEY(config_publish, modes, "modes", config_read_modes, "[ \"component\" ]"),
		.choices = modes},
	{KEY(config_publish, watchers, "watchers", config_read_choice, "contacts"),
		.choices = watchers},
	{.name = "watcher_list",
		.read = config_read_watcher_list,
		.fallback = "[ ]",
		.canon = config_canon_watcher},
	{KEY(config_publish, external, "external", config_read_boolean, "false")},
	{KEY(config_publish, resource, "resource", config_read_text, "calendar"),
		.canon = config_canon_resource},
	{KEY(config_publish, offline, "offline", config_read_choice, "offline"),
		.choices = offlines},
	{KEY(config_publish, ignore_blocking, "ignore_blocking", config_read_boolean,
		"false")},
	{KEY(config_publish, roster_max_age_s, "roster_max_age", config_read_integer,
		 "600"),
		.min = 1, .max = 86400},
	{KEY(config_publish, settle_ms, "settle_ms", config_read_integer, "300"),
		.min = 0, .max = 5000},
	{0},
};

static const struct config_key store_keys[] = {
	{KEY(config_store, path, "path", config_read_path,
		 "/var/lib/calpresence/calpresence.db"),
		.restart = true},
	{0},
};

static const struct config_key control_keys[] = {
	{KEY(config_control, socket, "socket", config_read_path,
		 "/run/calpresence/control.sock"),
		.canon = config_canon_socket, .restart = true},
	{0},
};

static const struct config_key log_keys[] = {
	{KEY(config_log, level, "level", config_read_choice, "info"), .choices = levels},
	{KEY(config_log, json, "format", config_read_log_format, "text"),
		.choices = log_formats},
	{0},
};

const struct config_key config_keys[] = {
	{KEY(config, component, "component", config_read_component, ""),
		.keys = component_keys, .required = true},
	{KEY(config, presence, "presence", config_read_group, ""), .keys = presence_keys},
	{.name = "gateways",
		.read = config_read_gateways,
		.fallback = "",
		.keys = gateway_keys,
		.required = true},
	{.name = "domains",
		.read = config_read_domains,
		.fallback = "( )",
		.keys = domain_keys},
	{.name = "users",
		.read = config_read_users,
		.fallback = "( )",
		.keys = user_keys},
	{.name = "users_file", .read = config_read_users_file, .fallback = ""},
	{KEY(config, calendar, "calendar", config_read_group, ""), .keys = calendar_keys},
	{KEY(config, mapping, "mapping", config_read_mapping, ""), .keys = mapping_keys},
	{.name = "rules",
		.read = config_read_rules,
		.fallback = "( )",
		.keys = rule_keys},
	{KEY(config, publish, "publish", config_read_group, ""), .keys = publish_keys},
	{KEY(config, store, "store", config_read_group, ""), .keys = store_keys},
	{KEY(config, control, "control", config_read_group, ""), .keys = control_keys},
	{.name = "http", .read = config_read_absent, .fallback = ""},
	{KEY(config, log, "log", config_read_group, ""), .keys = log_keys},
	{0},
};
