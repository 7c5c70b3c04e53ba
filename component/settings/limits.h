#ifndef COMPONENT_SETTINGS_LIMITS_H
#define COMPONENT_SETTINGS_LIMITS_H

/* What a configuration may hold at most. calpresence.conf(5) names these numbers. */
#define CONFIG_FILE_MAX \
	(16 * 1024 * 1024)     // bytes, of the configuration and of users_file
#define CONFIG_DEPTH_MAX 16    // nested groups and lists
#define CONFIG_SECRET_MAX 4096 // bytes, of a secret and of its file
#define CONFIG_TEXT_MAX 1023   // bytes, of any other string
#define CONFIG_GATEWAYS_MAX 64
#define CONFIG_DOMAINS_MAX 1000
#define CONFIG_USERS_MAX 100000 // of `users` and `users_file` together
#define CONFIG_MAIL_DOMAINS_MAX 1000
#define CONFIG_URLS_MAX 8
#define CONFIG_HOSTS_MAX 64
#define CONFIG_JOINED_MAX 4096 // bytes, of a list of URLs or hosts as a whole
#define CONFIG_WATCHERS_MAX 10000
#define CONFIG_STATUS_TEXTS_MAX 32
#define CONFIG_RULES_MAX 100
#define CONFIG_ERRORS_MAX 200 // more are counted, not kept

#endif
