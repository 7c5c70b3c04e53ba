#define _GNU_SOURCE /* mkostemp */
#include "gateway/auth/token_file.h"

#include "gateway/auth/token.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_printable(const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] <= ' ' || bytes[i] > '~')
			return false;
	return n > 0;
}

const char *token_file_read(const char *path, struct secret *out_token)
{
	char bytes[TOKEN_MAX + 1];
	struct stat status;
	const char *problem = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? "it is not there" : strerror(errno);
	ssize_t n = read(fd, bytes, sizeof bytes);
	if (n < 0 || fstat(fd, &status) != 0)
		problem = strerror(errno);
	else if (status.st_mode & 077)
		problem = "others can access it: chmod 600 it";
	(void)close(fd);
	if (!problem && n > 0 && bytes[n - 1] == '\n')
		n--;
	if (!problem && (n > TOKEN_MAX || !is_printable(bytes, (size_t)n)))
		problem = "it holds no token";
	if (!problem && !secret_set(out_token, bytes, (size_t)n))
		problem = "out of memory";
	secret_wipe(bytes, sizeof bytes);
	return problem;
}

static bool write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, bytes, n);
		if (written < 0)
			return false;
		bytes += written;
		n -= (size_t)written;
	}
	return true;
}

/* A rename is on the disk when its folder is. */
static bool sync_folder(const char *path)
{
	char folder[PATH_MAX];
	(void)snprintf(folder, sizeof folder, "%s", path);
	char *slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder ? 1 : 0] = '\0';
	int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool synced = fsync(fd) == 0;
	(void)close(fd);
	return synced;
}

const char *token_file_replace(const char *path, const struct secret *token)
{
	char beside[PATH_MAX];
	int n = snprintf(beside, sizeof beside, "%s.XXXXXX", path);
	if (n < 0 || (size_t)n >= sizeof beside)
		return "its name is too long";
	int fd = mkostemp(beside, O_CLOEXEC); // mode 0600
	if (fd < 0)
		return strerror(errno);
	bool written = write_all(fd, token->bytes, token->len) &&
		       write_all(fd, "\n", 1) && fsync(fd) == 0;
	if (close(fd) != 0 || !written || rename(beside, path) != 0) {
		const char *problem = strerror(errno);
		(void)unlink(beside);
		return problem;
	}
	return sync_folder(path) ? NULL : strerror(errno);
}
