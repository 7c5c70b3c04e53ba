#include "component/settings/reader.h"

#include "base/parse.h"
#include "component/settings/limits.h"

#include <string.h>
#include <strings.h>

void config_read_condition(const struct config_input *in, void *field)
{
	struct cal_rule *rule = field;
	bool wanted = false;

	if (!in->setting)
		return;
	config_read_boolean(in, &wanted);
	rule->looks |= in->key->flag;
	if (wanted)
		rule->wants |= in->key->flag;
}

/* The bit of a word, which is a new one if no rule named it before. */
static uint64_t bit_of(const struct config_input *in, const char *text)
{
	struct config_words *words = &in->reader->words;
	const char kind = (char)in->key->flag;
	size_t i = 0;

	while (i < words->n &&
		(words->of[i].kind != kind || strcasecmp(words->of[i].text, text) != 0))
		i++;
	if (i == CAL_EVENT_WORDS_MAX) {
		config_error(in,
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

static uint64_t take_word(const struct config_input *in)
{
	const char *text = config_take_text(in);

	if (!text)
		return 0;
	size_t n = strlen(text);
	const char *inner = text;
	parse_trim(&inner, &n);
	if (n > 0 && n == strlen(text))
		return bit_of(in, text);
	config_error(in, n == 0 ? "is empty" : "begins or ends with a blank");
	return 0;
}

void config_read_words(const struct config_input *in, void *field)
{
	uint64_t *bits = field;

	if (!in->setting)
		return;
	if (!config_is_several(in)) {
		*bits = take_word(in);
		return;
	}
	if (!config_check_list(in, CAL_EVENT_WORDS_MAX))
		return;
	if (config_length(in) == 0)
		config_error(in, "is empty");
	for (size_t i = 0; i < config_length(in); i++) {
		const struct config_input entry = config_entry(in, i);

		*bits |= take_word(&entry);
	}
}

/* Only the entry itself tells more than the state. */
static bool needs_entry(const struct cal_rule *rule)
{
	return rule->looks != 0 || rule->any[0] != 0 || rule->any[1] != 0 ||
	       rule->any[2] != 0;
}

static bool read_rule(const struct config_input *in, struct cal_rule *out_rule)
{
	struct cal_rule rule = {0};
	size_t errors = in->reader->errors->n;

	if (!config_check_group(in))
		return false;
	config_read_keys(in, &rule);
	if (in->reader->errors->n > errors)
		return false;
	if (needs_entry(&rule)) {
		rule.looks |= CAL_EVENT_ENTRY;
		rule.wants |= CAL_EVENT_ENTRY;
	} else if (rule.states == 0) {
		config_error(in, "has no condition");
	}
	if (rule.states == 0)
		rule.states = RULE_STATES_ALL;
	*out_rule = rule;
	return true;
}

/* A line each: its kind and the word. */
static const char *join(const struct config_input *in)
{
	const struct config_words *words = &in->reader->words;
	size_t size = 1;

	for (size_t i = 0; i < words->n; i++)
		size += strlen(words->of[i].text) + 2;
	if (size > CONFIG_JOINED_MAX) {
		config_error(in,
			"name categories and organizers of more than %d bytes altogether",
			CONFIG_JOINED_MAX);
		return "";
	}
	char *joined = config_reader_take(in->reader, size, 1);
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

void config_read_rules(const struct config_input *in, void *field)
{
	struct config *config = field;

	config->rule_words = "";
	if (!in->setting || !config_check_list(in, CONFIG_RULES_MAX))
		return;
	size_t n = config_length(in);
	struct cal_rule *rules = config_reader_take(in->reader, n, sizeof(*rules));
	config->rules.of = rules;
	for (size_t i = 0; rules && i < n; i++) {
		const struct config_input entry = config_entry(in, i);
		struct cal_rule *rule = &rules[config->rules.n];

		if (!read_rule(&entry, rule))
			continue;
		config->rules_need_entries |= needs_entry(rule);
		config->rules.n++;
	}
	config->rule_words = join(in);
	if (config->rules_need_entries && in->reader->errors->n == 0 &&
		!config_impersonates(config))
		config_error(in,
			"look at more than the state, which takes a gateway with "
			"impersonate = true");
}
