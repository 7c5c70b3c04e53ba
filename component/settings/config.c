#include "component/settings/config.h"

#include "component/settings/file.h"
#include "component/settings/limits.h"
#include "component/settings/people.h"
#include "component/settings/precheck.h"
#include "component/settings/reader.h"

#include <stdlib.h>
#include <string.h>

/* libconfig has no text for some of its failures. */
static void note_syntax(
	const config_t *tree, const char *path, struct config_errors *errors)
{
	const char *text = config_error_text(tree);
	const char *hint =
		text && strcmp(text, "syntax error") == 0
			? " here or just before: lists of groups stand in ( ), "
			  "entries are parted by commas, settings end with ;, "
			  "texts have straight quotes, and it is true or false"
			: "";
	int line = config_error_line(tree);

	config_errors_finish(errors); // what stands behind the mistake may be its fruit
	config_errors_add(errors, path, line > 0 ? (unsigned)line : 0, "%s%s",
		text ? text : "cannot be parsed", hint);
}

/* Fills a snapshot from libconfig's tree. False only when out of memory. */
static bool fill(struct config_reader *reader, const config_t *tree)
{
	unsigned wrapped[CONFIG_ERRORS_MAX];
	struct config_people people = {0};

	for (size_t i = 0; i < reader->errors->kept; i++)
		wrapped[i] = reader->errors->list[i].line;
	reader->wrapped = wrapped;
	reader->n_wrapped = reader->errors->kept;
	reader->people = &people;
	const struct config_key root = {.keys = config_keys};
	const struct config_input in = {reader, &root, config_root_setting(tree)};
	config_read_keys(&in, reader->config);
	if (!reader->out_of_memory)
		config_people_settle(reader);
	config_people_finish(&people);
	return !reader->out_of_memory;
}

/* Fills in the group `control`, and nothing else. */
static bool fill_control(struct config_reader *reader, const config_t *tree)
{
	const struct config_key *key = config_keys;

	config_errors_finish(reader->errors); // of numbers elsewhere
	while (strcmp(key->name, "control") != 0)
		key++;
	const struct config_input in = {reader, key, config_lookup(tree, key->name)};
	key->read(&in, (char *)reader->config + key->offset);
	return !reader->out_of_memory;
}

typedef bool fill_fn(struct config_reader *reader, const config_t *tree);

/* text[n] is a NUL. */
static struct config *load(const char *path, const char *text, size_t n, unsigned mode,
	fill_fn *fill_in, uint64_t generation, struct config_errors *errors)
{
	struct config_reader reader = {.errors = errors, .path = path, .mode = mode};
	config_t tree;

	if (!config_precheck(path, text, n, errors))
		return NULL;
	config_init(&tree);
	if (config_read_string(&tree, text) != CONFIG_TRUE) {
		note_syntax(&tree, path, errors);
		goto out;
	}
	reader.config = calloc(1, sizeof(*reader.config));
	if (!reader.config || !fill_in(&reader, &tree))
		config_errors_add(errors, path, 0, "out of memory");
	if (!reader.config || errors->n > 0) {
		config_free(reader.config);
		reader.config = NULL;
	} else {
		reader.config->generation = generation;
	}
out:
	config_destroy(&tree);
	return reader.config;
}

static struct config *load_file(const char *path, fill_fn *fill_in, uint64_t generation,
	struct config_errors *errors)
{
	struct config_file file = {0};
	const char *problem = config_file_read(path, CONFIG_FILE_MAX, &file);

	if (problem) {
		config_errors_add(errors, path, 0, "%s", problem);
		return NULL;
	}
	size_t mark = config_file_mark(&file);
	struct config *config = load(path, file.bytes + mark, file.n - mark, file.mode,
		fill_in, generation, errors);
	config_file_finish(&file);
	return config;
}

struct config *config_load(
	const char *path, uint64_t generation, struct config_errors *errors)
{
	return load_file(path, fill, generation, errors);
}

struct config *config_load_control(const char *path, struct config_errors *errors)
{
	return load_file(path, fill_control, 0, errors);
}

struct config *config_load_text(const char *path, const char *text, uint64_t generation,
	struct config_errors *errors)
{
	return load(path, text, strlen(text), 0, fill, generation, errors);
}

void config_free(struct config *config)
{
	if (!config)
		return;
	secret_finish(&config->component.secret);
	for (size_t i = 0; i < config->n_gateways; i++) {
		secret_finish(&config->gateways[i].password);
		secret_finish(&config->gateways[i].client_secret);
		secret_finish(&config->gateways[i].proxy_password);
	}
	arena_finish(&config->memory);
	free(config);
}
