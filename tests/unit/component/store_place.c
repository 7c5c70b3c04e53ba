#include "store_place.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

int make_place(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (place == NULL)
		return -1;
	(void)snprintf(place->folder, sizeof(place->folder), "/tmp/test_store.XXXXXX");
	if (mkdtemp(place->folder) == NULL)
		return -1;
	(void)snprintf(place->path, sizeof(place->path), "%s/x.db", place->folder);
	*state = place;
	return 0;
}

int remove_place(void **state)
{
	struct place *place = *state;
	char pattern[128];
	glob_t found;

	(void)snprintf(pattern, sizeof(pattern), "%s/*", place->folder);
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			(void)unlink(found.gl_pathv[i]);
		globfree(&found);
	}
	(void)rmdir(place->folder);
	free(place);
	return 0;
}

struct store *open_at(const char *path)
{
	struct store_error error = {""};
	bool moved = false;
	struct store *store = store_open(path, NOW, &moved, &error);

	assert_string_equal(error.text, "");
	assert_false(moved);
	assert_non_null(store);
	return store;
}

void assert_refused(const char *path, const char *why)
{
	struct store_error error = {""};
	bool moved = false;

	assert_null(store_open(path, NOW, &moved, &error));
	if (strstr(error.text, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", error.text, why);
}

static void count_source(
	void *context, const char *person, enum store_source state, int64_t since)
{
	(void)person;
	(void)state;
	(void)since;
	(*(size_t *)context)++;
}

size_t sources(struct store *store)
{
	size_t n = 0;

	assert_true(store_each_source(store, count_source, &n));
	return n;
}

bool exists(const char *path, const char *ending)
{
	char name[256];
	struct stat info;

	(void)snprintf(name, sizeof(name), "%s%s", path, ending);
	return lstat(name, &info) == 0;
}

off_t size_of(const char *path, const char *ending)
{
	char name[256];
	struct stat info;

	(void)snprintf(name, sizeof(name), "%s%s", path, ending);
	assert_int_equal(stat(name, &info), 0);
	return info.st_size;
}

void overwrite(const char *path, off_t at, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, text, strlen(text), at), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
}

void crash_with(const char *path, int n)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct store_error error;
		bool moved;
		struct store *store = store_open(path, NOW, &moved, &error);
		char person[32];

		for (int i = 0; store != NULL && i < n; i++) {
			(void)snprintf(person, sizeof(person), "p%d@x", i);
			store_put_source(store, person, STORE_SOURCE_ASKED, NOW);
		}
		if (store == NULL || !store_commit(store, NULL))
			_exit(1);
		store_put_source(store, "never@x", STORE_SOURCE_ASKED, NOW);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}
