#ifndef COMPONENT_SETTINGS_CONFIG_H
#define COMPONENT_SETTINGS_CONFIG_H

#include "base/arena.h"
#include "base/jid.h"
#include "base/log.h"
#include "base/secret.h"
#include "component/settings/errors.h"
#include "mapping/presence.h"
#include "mapping/rules.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The configuration as one immutable snapshot. All strings belong to it, defaults are
 * filled in, JIDs and domains are prepared as base/jid.h prepares them. A reload makes
 * another snapshot with a higher generation; nothing keeps a pointer into one beyond a
 * turn of the loop. A text that was not given is "", never NULL, unless the field says
 * otherwise.
 */

enum config_source {
	CONFIG_SOURCE_AUTO,
	CONFIG_SOURCE_MODULE,
	CONFIG_SOURCE_PRIVILEGE,
	CONFIG_SOURCE_SUBSCRIPTION,
};

enum config_gateway_type {
	CONFIG_GATEWAY_EWS,
	CONFIG_GATEWAY_GRAPH,
};

enum config_auth {
	CONFIG_AUTH_BASIC,
	CONFIG_AUTH_NTLM,
	CONFIG_AUTH_NEGOTIATE,
	CONFIG_AUTH_OAUTH2,
};

/* As the file has them. */
const char *config_type_name(enum config_gateway_type type);
const char *config_auth_name(enum config_auth auth);

enum config_flow {
	CONFIG_FLOW_CLIENT_CREDENTIALS, // an application of its own
	CONFIG_FLOW_DEVICE_CODE,        // somebody who signed in with `calpresence login`
};

const char *config_flow_name(enum config_flow flow);

/* Microsoft's clouds. */
enum config_cloud {
	CONFIG_CLOUD_GLOBAL,
	CONFIG_CLOUD_GCC_HIGH,
	CONFIG_CLOUD_DOD,
	CONFIG_CLOUD_CHINA,
	CONFIG_CLOUD_BLEU,
	CONFIG_CLOUD_DELOS,
};

enum config_tls {
	CONFIG_TLS_1_2,
	CONFIG_TLS_1_3,
};

enum config_modes {
	CONFIG_MODE_COMPONENT = 1 << 0,
	CONFIG_MODE_USER = 1 << 1,
};

enum config_watchers {
	CONFIG_WATCHERS_CONTACTS,
	CONFIG_WATCHERS_DOMAIN,
	CONFIG_WATCHERS_LIST,
};

enum config_detail {
	CONFIG_DETAIL_FREEBUSY,
	CONFIG_DETAIL_ITEMS,
};

enum config_offline {
	CONFIG_OFFLINE_OFFLINE,
	CONFIG_OFFLINE_OVERLAY,
};

struct config_component {
	const char *jid;  // the component's own domain
	const char *host; // a name or an address literal
	int64_t port;
	struct secret secret; // from `secret` or `secret_file`
	bool plaintext_ok;
};

struct config_presence {
	enum config_source source;
};

/* local@im reads the mailbox local@mail. */
struct config_domain {
	const char *im; // first, for config_strings_compare()
	const char *mail;
	bool is_default;
};

/* From `users` and `users_file`. */
struct config_user {
	const char *jid; // bare; first, as above
	const char *mailbox;
	const char *gateway; // a gateway's name; "": chosen by the mailbox's domain
	const char *name;    // of a room; "": a person
};

struct config_gateway {
	unsigned line; // of the file
	const char *name;
	enum config_gateway_type type;
	const char *url; // several: separated by newlines; "": autodiscover alone
	bool autodiscover;
	const char *autodiscover_hosts; // separated by commas
	const char *autodiscover_url;
	const char *const *mail_domains; // lower case
	size_t n_mail_domains;           // 0: all mailboxes
	enum config_auth auth;
	const char *username;
	struct secret password; // from `password` or `password_file`
	const char *keytab;     // negotiate
	const char *principal;
	const char *service_name;
	enum config_cloud cloud; // oauth2; from here on to `anchor_mailbox`
	const char *authority;   // filled in from the cloud
	const char *tenant;
	const char *client_id;
	struct secret client_secret;
	const char *certificate_file;
	const char *key_file;
	const char *scope; // filled in from cloud and flow
	enum config_flow flow;
	const char *token_file;
	const char *anchor_mailbox;
	bool impersonate;   // implied by an application of its own
	bool notifications; // only with impersonate
	int64_t notification_connections;
	int64_t poll_interval_s;
	int64_t timeout_s;
	int64_t concurrency;
	const char *ca_file; // "": the system's
	const char *client_certificate;
	const char *client_key;
	enum config_tls tls_min;
	const char *proxy;
	const char *proxy_username;
	struct secret proxy_password;
	const char *no_proxy; // separated by commas, without spaces
};

struct config_calendar {
	int64_t window_hours;
	int64_t stale_after_s;
	bool automatic_replies; // count as out of office
	int64_t replies_interval_s;
	enum config_detail detail;
};

struct config_publish {
	unsigned modes; // enum config_modes, at least one
	enum config_watchers watchers;
	const char *const *watcher_list; // bare JIDs and domains, sorted by strcmp
	size_t n_watcher_list;
	const char *resource;
	enum config_offline offline;
	int64_t roster_max_age_s; // of lists that are read by privilege
};

struct config_store {
	const char *path;
};

struct config_control {
	const char *socket;
};

struct config_log {
	enum log_level level;
	bool json;
};

struct config {
	uint64_t generation;
	struct config_component component;
	struct config_presence presence;
	struct config_domain *domains; // sorted by im
	size_t n_domains;
	const struct config_domain *default_domain; // NULL where there are no domains
	struct config_user *users;                  // sorted by jid
	size_t n_users;
	struct config_user *rooms; // likewise; jid is the component's address for it
	size_t n_rooms;
	const char *const *served; // domains of all people, sorted, once each
	size_t n_served;
	const char *const *user_domains; // likewise, of `users`
	size_t n_user_domains;
	struct config_gateway *gateways; // in the order of the file
	size_t n_gateways;
	struct config_calendar calendar;
	struct overlay_map mapping; // its texts live in the snapshot
	struct overlay_map room_mapping;
	struct cal_rules rules;
	const char *rule_words; // as gateway_configure has them
	bool rules_need_entries;
	struct config_publish publish;
	struct config_store store;
	struct config_control control;
	struct config_log log;
	struct arena memory; // owned; of all of the above
};

/* Reads and checks a configuration file and the files that it names; relative paths count
 * from the folder of the file. NULL when anything is wrong: errors, which must be empty
 * before, then has at least one error; warnings it may have in any case. The snapshot is
 * the caller's to destroy. */
struct config *config_load(const char *path, uint64_t generation,
	struct config_errors *errors) __attribute__((warn_unused_result));
/* Likewise, of the text of a file that is named path and that nobody else can read. */
struct config *config_load_text(const char *path, const char *text, uint64_t generation,
	struct config_errors *errors) __attribute__((warn_unused_result));
/* Likewise, but of the group `control` alone: whatever is wrong elsewhere is left as it
 * is, unless the file cannot be parsed, and no other file is opened. All else is zeroed.
 */
struct config *config_load_control(const char *path, struct config_errors *errors)
	__attribute__((warn_unused_result));
/* Frees a snapshot and zeroes its secrets. Accepts NULL. (config_destroy() is
 * libconfig's.) */
void config_free(struct config *config);

/* The domain as served, or NULL. domain is prepared. */
const struct config_domain *config_domain_for(
	const struct config *config, const char *domain);
/* Whether a domain is served: it has an entry in `domains`, or a user is of it. */
bool config_serves_domain(const struct config *config, const char *domain);
/* Whether an entry of `users` or `users_file` is of it. */
bool config_has_users(const struct config *config, const char *domain);
/* The entry of a prepared bare JID, or NULL: no room. */
const struct config_user *config_user_for(
	const struct config *config, const char *bare_jid);

/* The room of a prepared bare JID, which is of the component's domain; or NULL. */
const struct config_user *config_room_for(const struct config *config, const char *jid);

/* Whose calendar a person is. */
struct config_mailbox {
	char address[JID_PART_SIZE];
	const char *gateway; // the name that her entry gives, "" none; the snapshot's
};

/* The mailbox of a prepared bare JID: that of its entry in the users, else, in a served
 * domain, the XEP-0106 unescaped local part @ the domain's `mail`. False if she has none.
 */
bool config_mailbox_for(const struct config *config, const char *bare_jid,
	struct config_mailbox *out_mailbox);
/* The gateway that reads a mailbox: the one named, if `named` is neither NULL nor "",
 * else the one with the longest of mail_domains that is the mailbox's domain or a parent
 * of it, the first of equals; a gateway without mail_domains matches all, shortest. NULL:
 * none. */
const struct config_gateway *config_gateway_for(
	const struct config *config, const char *mailbox, const char *named);

/* All gateways that may read a mailbox, the one of config_gateway_for() first, then by
 * how well they fit and the order of the file; returns how many. out_gateways has
 * room for as many as the configuration has. */
size_t config_gateways_for(const struct config *config, const char *mailbox,
	const char *named, const struct config_gateway **out_gateways);

/* Whether publish.watcher_list has this prepared bare JID or its domain. */
bool config_watcher_is_listed(const struct config *config, const char *bare_jid);

#endif
