#include "component/settings/reader.h"

#include "base/parse.h"
#include "component/settings/limits.h"

#include <string.h>
#include <strings.h>

#define CATEGORY 'c'
#define ORGANIZER 'o'
#define CHOICES_MAX 16

void config_read_states(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	int one = 0;

	if (!setting)
		return;
	if (config_is_several(setting))
		*(unsigned *)field =
			config_take_choices(reader, key, setting, CHOICES_MAX);
	else if (config_take_choice(reader, key, setting, &one))
		*(unsigned *)field = (unsigned)one;
}

void config_read_responses(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	unsigned flags = 0;

	config_read_states(reader, key, setting, &flags);
	*(uint64_t *)field = flags;
}

void config_read_condition(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	struct cal_rule *rule = field;
	bool wanted = false;

	if (!setting)
		return;
	config_read_boolean(reader, key, setting, &wanted);
	rule->looks |= key->flag;
	if (wanted)
		rule->wants |= key->flag;
}

/* The bit of a word, which is a new one if no rule named it before. */
static uint64_t bit_of(struct config_reader *reader, const config_setting_t *setting,
	char kind, const char *text)
{
	struct config_words *words = &reader->words;
	size_t i = 0;

	while (i < words->n &&
		(words->of[i].kind != kind || strcasecmp(words->of[i].text, text) != 0))
		i++;
	if (i == CAL_EVENT_WORDS_MAX) {
		config_reader_error(reader, setting,
			"\"%s\" is one too many: rules name at most %d different "
			"categories and organizers",
			text, CAL_EVENT_WORDS_MAX);
		return 0;
	}
	if (i == words->n) {
		words->of[i].kind = kind;
		words->of[i].text = text;
		words->n++;
	}
	return CAL_EVENT_WORD(i);
}

static uint64_t take_word(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, char kind)
{
	const char *text = config_take_text(reader, key, setting);

	if (!text)
		return 0;
	size_t n = strlen(text);
	const char *inner = text;
	parse_trim(&inner, &n);
	if (n == 0 || n < strlen(text)) {
		config_reader_error(reader, setting,
			n == 0 ? "is empty" : "begins or ends with a blank");
		return 0;
	}
	return bit_of(reader, setting, kind, text);
}

static uint64_t take_words(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, char kind)
{
	uint64_t bits = 0;

	if (!setting)
		return 0;
	if (!config_is_several(setting))
		return take_word(reader, key, setting, kind);
	if (!config_check_list(reader, setting, CAL_EVENT_WORDS_MAX))
		return 0;
	int n = config_setting_length(setting);
	if (n == 0)
		config_reader_error(reader, setting, "is empty");
	for (int i = 0; i < n; i++)
		bits |= take_word(
			reader, key, config_setting_get_elem(setting, (unsigned)i), kind);
	return bits;
}

void config_read_categories(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	*(uint64_t *)field = take_words(reader, key, setting, CATEGORY);
}

void config_read_organizers(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	*(uint64_t *)field = take_words(reader, key, setting, ORGANIZER);
}

/* Only the entry itself tells more than the state. */
static bool needs_entry(const struct cal_rule *rule)
{
	return rule->looks != 0 || rule->any[0] != 0 || rule->any[1] != 0 ||
	       rule->any[2] != 0;
}

static bool some_gateway_impersonates(const struct config *config)
{
	for (size_t i = 0; i < config->n_gateways; i++)
		if (config->gateways[i].impersonate)
			return true;
	return false;
}

static bool read_rule(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, struct cal_rule *out_rule)
{
	struct cal_rule rule = {0};
	size_t errors = reader->errors->n;

	if (!config_check_group(reader, setting))
		return false;
	config_read_keys(reader, key->keys, setting, &rule);
	if (reader->errors->n > errors)
		return false;
	if (needs_entry(&rule)) {
		rule.looks |= CAL_EVENT_ENTRY;
		rule.wants |= CAL_EVENT_ENTRY;
	} else if (rule.states == 0) {
		config_reader_error(reader, setting, "has no condition");
	}
	if (rule.states == 0)
		rule.states = RULE_STATES_ALL;
	*out_rule = rule;
	return true;
}

/* A line each: its kind and the word. */
static const char *join(struct config_reader *reader, const config_setting_t *setting)
{
	const struct config_words *words = &reader->words;
	size_t size = 1;

	for (size_t i = 0; i < words->n; i++)
		size += strlen(words->of[i].text) + 2;
	if (size > CONFIG_JOINED_MAX) {
		config_reader_error(reader, setting,
			"name categories and organizers of more than %d bytes altogether",
			CONFIG_JOINED_MAX);
		return "";
	}
	char *joined = config_reader_take(reader, size, 1);
	char *end = joined;
	for (size_t i = 0; joined && i < words->n; i++) {
		size_t n = strlen(words->of[i].text);

		*end++ = words->of[i].kind;
		memcpy(end, words->of[i].text, n);
		end += n;
		*end++ = '\n';
	}
	return joined ? joined : "";
}

void config_read_rules(struct config_reader *reader, const struct config_key *key,
	const config_setting_t *setting, void *field)
{
	struct config *config = field;

	config->rule_words = "";
	if (!setting || !config_check_list(reader, setting, CONFIG_RULES_MAX))
		return;
	size_t n = (size_t)config_setting_length(setting);
	struct cal_rule *rules = config_reader_take(reader, n, sizeof(*rules));
	config->rules.of = rules;
	for (size_t i = 0; rules && i < n; i++) {
		struct cal_rule *rule = &rules[config->rules.n];

		if (!read_rule(reader, key, config_setting_get_elem(setting, (unsigned)i),
			    rule))
			continue;
		config->rules_need_entries |= needs_entry(rule);
		config->rules.n++;
	}
	config->rule_words = join(reader, setting);
	if (config->rules_need_entries && reader->errors->n == 0 &&
		!some_gateway_impersonates(config))
		config_reader_error(reader, setting,
			"look at more than the state, which takes a gateway with "
			"impersonate = true");
}
