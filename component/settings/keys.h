#ifndef COMPONENT_SETTINGS_KEYS_H
#define COMPONENT_SETTINGS_KEYS_H

#include "base/jid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The keys of the configuration as tables: what may stand in the file, its default, its
 * range and how it is read. A key that no table has is an error; calpresence.conf(5) is
 * tested against the tables.
 */

struct config_input;

/* Reads a setting into its field; without one in the file, puts the default there. */
typedef void config_read_fn(const struct config_input *in, void *field);
/* Brings a text into the form in which it is kept. NULL, or what is wrong with it. */
typedef const char *config_normalise_fn(const char *text, char out_text[JID_SIZE]);

struct config_choice {
	const char *name; // NULL ends a list
	int value;
	bool later; // the name is known, what it stands for is not there yet
};

struct config_key {
	const char *name; // NULL ends a table
	config_read_fn *read;
	size_t offset;        // of the field in the struct of the group
	const char *fallback; // the default as one would write it; "" none
	int64_t min;          // of an integer
	int64_t max;
	uint64_t flag; // of a condition; of words, their kind
	const struct config_choice *choices;
	const struct config_key *keys;  // of a group, or of the groups in a list
	config_normalise_fn *normalise; // of a text
	unsigned
		auths; // of a gateway: 1 << enum config_auth of those that use it; 0: all
	unsigned flows;   // 1 << enum config_flow, likewise
	unsigned types;   // 1 << enum config_gateway_type, likewise
	const char *gone; // that there is no such key any more, and what is instead; the
			  // end of a sentence. NULL: it is one
	bool required;
	bool places;  // a choice's value is the place of a bit where there may be several
	bool restart; // a change needs a restart; else a reload is enough
};

/* The keys at the top of the file. */
extern const struct config_key config_keys[];
/* The keys of a text in a list of them as `status`. */
extern const struct config_key config_status_keys[];

#endif
