#include "test.h"

#include "component/settings/keys.h"
#include "config_files.h"

/* The manual page and the example configuration, held against the tables of keys. */

/* What the manual has to say of a key's default, range and change, as a line of its own.
 */
static void describe(const struct config_key *key, char *out_line, size_t size)
{
	size_t used = 0;

#define ADD(...) used += (size_t)snprintf(out_line + used, size - used, __VA_ARGS__)
	if (key->required)
		ADD("Required");
	else
		ADD("Default: %s", key->fallback[0] != '\0' ? key->fallback : "none");
	if (key->max > 0)
		ADD("; range: %lld to %lld", (long long)key->min, (long long)key->max);
	else if (strcmp(key->fallback, "false") == 0)
		ADD("; range: true, false");
	for (const struct config_choice *choice = key->choices; choice && choice->name;
		choice++)
		if (!choice->later)
			ADD("%s%s", choice == key->choices ? "; range: " : ", ",
				choice->name);
	ADD("; %s.", key->restart ? "restart" : "reload");
#undef ADD
}

/* A copy of what follows a line until a line that begins like one of the ends; to be
 * freed, NULL if the line is not there. */
static char *part_after(
	const char *text, const char *line, const char *const *ends, size_t n_ends)
{
	char needle[260];

	(void)snprintf(needle, sizeof(needle), "\n%s\n", line);
	const char *start = strstr(text, needle);
	if (!start)
		return NULL;
	start += strlen(needle) - 1;
	size_t length = strlen(start);
	for (size_t i = 0; i < n_ends; i++) {
		const char *end = strstr(start, ends[i]);

		if (end && (size_t)(end - start) < length)
			length = (size_t)(end - start);
	}
	return strndup(start, length + 1);
}

static char *section(const char *manual, const char *title)
{
	static const char *const ends[] = {"\n.Ss ", "\n.Sh "};
	char line[256];

	(void)snprintf(line, sizeof(line), ".Ss %s", title);
	return part_after(manual, line, ends, 2);
}

static void expect_described(
	const char *part, const char *title, const struct config_key *key)
{
	char line[512];
	char whole[516];

	if (!part) {
		fail_msg("%s.%s is not in the manual", title, key->name);
		return;
	}
	describe(key, line, sizeof(line));
	(void)snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (!strstr(part, whole))
		fail_msg("%s.%s: the manual lacks the line: %s", title, key->name, line);
}

static size_t count(const char *text, const char *needle)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, needle)); at++)
		n++;
	return n;
}

static void expect_keys(
	const char *manual, const char *title, const struct config_key *keys)
{
	static const char *const ends[] = {"\n.It ", "\n.El"};
	char *whole = section(manual, title);
	size_t n = 0;

	if (!whole) {
		fail_msg("%s is not in the manual", title);
		return;
	}
	for (const struct config_key *key = keys; key->name; key++) {
		char item[256];

		if (key->gone)
			continue;
		n++;

		(void)snprintf(item, sizeof(item), ".It Ic %s", key->name);
		char *part = part_after(whole, item, ends, 2);
		expect_described(part, title, key);
		free(part);
		if (!key->keys)
			continue;
		(void)snprintf(item, sizeof(item), "%s.%s", title,
			strcmp(title, "mapping") == 0 ? "STATE" : key->name);
		/* The states of rooms are described with those of people. */
		if (strcmp(title, "room_mapping") != 0)
			expect_keys(manual, item, key->keys);
	}
	assert_int_equal(count(whole, "\n.It "), n);
	free(whole);
}

static void the_manual_tells_of_every_key_and_of_no_other(void **state)
{
	(void)state;
	char *manual = read_file(SOURCE_FOLDER "/docs/calpresence.conf.5");

	for (const struct config_key *key = config_keys; key->name; key++) {
		if (key->keys) {
			expect_keys(manual, key->name, key->keys);
			continue;
		}
		char *part = section(manual, key->name);
		expect_described(part, "", key);
		free(part);
	}
	free(manual);
}

/* The text with every `from` replaced by the shorter `to`. */
static void replace_all(char *text, const char *from, const char *to)
{
	for (char *at = text; (at = strstr(at, from));) {
		memcpy(at, to, strlen(to));
		memmove(at + strlen(to), at + strlen(from),
			strlen(at + strlen(from)) + 1);
	}
}

static void the_example_is_a_good_configuration(void **state)
{
	(void)state;
	char folder[] = "/tmp/calpresence-example-XXXXXX";
	char *text = read_file(SOURCE_FOLDER "/config/calpresence.conf");

	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	write_file("component.secret", "geheim\n", 7, 0640);
	write_file("hq.password", "geheim\n", 7, 0640);
	replace_all(text, "/etc/calpresence/", "");
	struct config *config = load_good(text);
	assert_string_equal(config->gateways[0].username, "EXAMPLE\\svc-presence");
	config_free(config);
	assert_int_equal(unlink("component.secret"), 0);
	assert_int_equal(unlink("hq.password"), 0);
	assert_int_equal(rmdir(folder), 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manual_tells_of_every_key_and_of_no_other),
		cmocka_unit_test(the_example_is_a_good_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
