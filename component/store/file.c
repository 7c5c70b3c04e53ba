#include "component/store/file.h"

#include "component/store/internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASIDE_TRIES 1000

/* The text is the caller's to free; NULL when out of memory. */
static char *with_ending(const char *path, const char *ending)
{
	size_t n = strlen(path) + strlen(ending) + 1;
	char *text = malloc(n);

	if (text != NULL)
		(void)snprintf(text, n, "%s%s", path, ending);
	return text;
}

static int open_ours(const char *path, struct store_error *out_error)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd < 0)
		store_error_set(out_error,
			"cannot open \"%s\" for writing: %s (its folder has to exist, "
			"and "
			"both to belong to the user that calpresence runs as)",
			path, strerror(errno));
	return fd;
}

int file_lock(const char *path, struct store_error *out_error)
{
	/* A lock of fcntl() and not of flock(): no child that outlives us can inherit it.
	 */
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char *lock_path = with_ending(path, ".lock");
	int fd;

	if (lock_path == NULL) {
		store_error_set(out_error, "out of memory");
		return -1;
	}
	fd = open_ours(lock_path, out_error);
	if (fd >= 0 && fcntl(fd, F_SETLK, &whole) < 0) {
		if (errno == EACCES || errno == EAGAIN)
			store_error_set(
				out_error, "another calpresence uses \"%s\"", path);
		else
			store_error_set(out_error, "cannot lock \"%s\": %s", lock_path,
				strerror(errno));
		(void)close(fd);
		fd = -1;
	}
	free(lock_path);
	return fd;
}

bool file_prepare(const char *path, struct store_error *out_error)
{
	struct stat info;
	bool is_file;
	int fd = open_ours(path, out_error);

	if (fd < 0)
		return false;
	is_file = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
	if (!is_file)
		store_error_set(out_error, "\"%s\" is not a regular file", path);
	(void)close(fd);
	return is_file;
}

/* Nobody else creates files of these names: we hold the lock. */
static bool is_free(const char *path)
{
	struct stat info;

	return lstat(path, &info) < 0 && errno == ENOENT;
}

static char *free_name(const char *path, int64_t now)
{
	char ending[64];
	char *name = NULL;

	for (int64_t i = 0; i < ASIDE_TRIES; i++) {
		(void)snprintf(ending, sizeof(ending), ".corrupt-%" PRId64, now + i);
		name = with_ending(path, ending);
		if (name == NULL || is_free(name))
			break;
		free(name);
		name = NULL;
	}
	return name;
}

static bool move(const char *path, const char *new_path, const char *ending)
{
	char *from = with_ending(path, ending);
	char *to = with_ending(new_path, ending);
	bool ok =
		from != NULL && to != NULL && (rename(from, to) == 0 || errno == ENOENT);

	free(from);
	free(to);
	return ok;
}

bool file_move_aside(
	const char *path, int64_t now, char **out_new_path, struct store_error *out_error)
{
	/* The file goes last: if a rename fails, the next start finds it damaged again.
	 */
	static const char *const endings[] = {"-wal", "-shm", "-journal", ""};
	char *new_path = free_name(path, now);
	bool ok = new_path != NULL;

	for (size_t i = 0; ok && i < sizeof(endings) / sizeof(endings[0]); i++)
		ok = move(path, new_path, endings[i]);
	if (!ok) {
		store_error_set(out_error,
			"\"%s\" is damaged and cannot be moved aside: %s", path,
			strerror(errno));
		free(new_path);
		return false;
	}
	*out_new_path = new_path;
	return true;
}
