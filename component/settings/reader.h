#ifndef COMPONENT_SETTINGS_READER_H
#define COMPONENT_SETTINGS_READER_H

#include "component/settings/config.h"
#include "component/settings/keys.h"

#include <libconfig.h>

struct config_people;

/* The categories and organizers that rules name, once each. */
struct config_words {
	size_t n;
	struct {
		char kind; // enum keyword_kind of ews/operations/keyword_filter.h
		const char *text;
	} of[CAL_EVENT_WORDS_MAX];
};

/* A configuration on its way from libconfig's tree into a snapshot. */
struct config_reader {
	struct config *config;        // borrowed; being filled
	struct config_errors *errors; // borrowed
	const char *path;             // borrowed
	unsigned mode;                // of the file
	struct config_people *people; // borrowed; the users so far
	struct config_words words;
	const unsigned *wrapped; // borrowed; lines with an integer outside 32 bits
	size_t n_wrapped;
	bool out_of_memory;
};

/* One setting of the file. */
struct config_input {
	struct config_reader *reader;
	const struct config_key *key;    // by which it is read
	const config_setting_t *setting; // NULL: the file does not have it
};

/* A member of a group and an entry of a list; a member is NULL where it is not there. */
struct config_input config_member(const struct config_input *in, const char *name);
struct config_input config_entry(const struct config_input *in, size_t i);
bool config_has(const struct config_input *in, const char *member);

/* Reads a group by its key->keys: every key, then what these do not have. Without a group
 * (NULL) all fields get their defaults and nothing is missing. */
void config_read_keys(const struct config_input *in, void *out_fields);

/* Notes an error, or a warning, at a setting, with its line and its name. */
void config_error(const struct config_input *in, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void config_warn(const struct config_input *in, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Whether it is a group, or a list (or array) of at most max; notes an error if not. */
bool config_check_group(const struct config_input *in);
bool config_check_list(const struct config_input *in, size_t max);
size_t config_length(const struct config_input *in);

/* Memory of the snapshot; NULL is noted in out_of_memory. */
void *config_reader_take(struct config_reader *reader, size_t n, size_t size);
const char *config_reader_copy(struct config_reader *reader, const char *text);

/* What is wrong with a text in any place: too long, control characters, not UTF-8; or
 * NULL. */
const char *config_text_problem(const char *text);
const char *config_control_problem(const char *text); // that alone

/* values.c: what a key's setting may be. The struct of the field is in brackets. */
config_read_fn config_read_integer;      // int64_t
config_read_fn config_read_boolean;      // bool
config_read_fn config_read_text;         // const char *
config_read_fn config_read_path;         // const char *
config_read_fn config_read_private_path; // const char *; a file that can be read now,
					 // closed to others as secrets are
config_read_fn config_read_certificates; // const char *; a file of certificates in PEM
config_read_fn config_read_secret;       // struct secret
config_read_fn config_read_secret_file;  // struct secret
config_read_fn config_read_choice;       // an enum
config_read_fn config_read_log_format;   // bool
config_read_fn config_read_choices;      // uint64_t; bits, of one choice or of several
config_read_fn config_read_group;        // the struct of key->keys
config_read_fn config_read_absent;       // none: the key is known and not available yet
config_read_fn config_read_gone;         // none: there is no such key any more

struct config_file;
/* Reads the file that a setting names; false without one, or after an error. */
bool config_open_file(const struct config_input *in, size_t max, const char **out_path,
	struct config_file *out_file);
/* One text of any length up to the limit, in its kept form; NULL after an error. */
const char *config_take_text(const struct config_input *in);
/* Whether a setting that may be one value or several is several. */
bool config_is_several(const struct config_input *in);
/* The values, as bits, of a list of choices that is not empty. */
uint64_t config_take_choices(const struct config_input *in);
/* A list of texts in their kept forms; what is wrong is left out, after an error. */
const char **config_take_texts(const struct config_input *in, size_t *out_n);

/* A key that a group needs, if it is there, is not "". */
void config_check_filled(const struct config_input *group, const char *key);
/* Exactly one of the two keys must stand in a group. */
void config_check_secret(
	const struct config_input *group, const char *inline_key, const char *file_key);

/* auth.c: whether a gateway has what its way to log on needs, and nothing that another
 * needs; fills in what Microsoft's clouds determine. */
void config_check_auth(const struct config_input *group, struct config_gateway *gateway);

/* gateways.c: whether a gateway reads in people's names. */
bool config_impersonates(const struct config *config);

/* urls.c: whether it is said where a gateway is. */
void config_check_urls(
	const struct config_input *group, const struct config_gateway *gateway);

/* What a mapping's state is read into before it becomes an overlay. */
#define CONFIG_SHOW_KEEP (-1)

struct config_overlay {
	int show; // enum show, or CONFIG_SHOW_KEEP
	struct status status;
};

/* The readers of single keys; where the field is, in brackets. */
config_read_fn config_read_component;    // groups.c (struct config_component)
config_read_fn config_read_modes;        // groups.c (unsigned)
config_read_fn config_read_watcher_list; // groups.c (struct config_publish)
config_read_fn config_read_publish;      // groups.c (struct config_publish)
config_read_fn config_read_gateways;     // gateways.c (struct config)
config_read_fn config_read_calendar;     // gateways.c (struct config_calendar)
config_read_fn config_read_mail_domains; // gateways.c (struct config_gateway)
config_read_fn config_read_urls;         // urls.c (const char *)
config_read_fn config_read_hosts;        // urls.c (const char *)
config_read_fn config_read_mapping;      // overlays.c (struct overlay_map)
config_read_fn config_read_room_mapping; // overlays.c (struct overlay_map)
config_read_fn config_read_overlay;      // overlays.c (struct overlay)
config_read_fn config_read_status;       // overlays.c (struct status)
config_read_fn config_read_domains;      // domains.c (struct config)
config_read_fn config_read_users;        // people.c (struct config)
config_read_fn config_read_users_file;   // csv.c (struct config)
config_read_fn config_read_rules;        // rules.c (struct config)
config_read_fn config_read_condition;    // rules.c (struct cal_rule)
config_read_fn config_read_words;        // rules.c (uint64_t)

#endif
