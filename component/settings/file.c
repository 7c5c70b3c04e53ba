#include "component/settings/file.h"

#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads until the end, or until `size` bytes are there; the count, or -1. */
static ssize_t read_all(int fd, char *bytes, size_t size)
{
	size_t n = 0;

	while (n < size) {
		ssize_t got = read(fd, bytes + n, size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

const char *config_file_read(const char *path, size_t max, struct config_file *out_file)
{
	const char *problem = NULL;
	char *bytes = NULL;
	struct stat stat;
	/* A FIFO must not hold us up before it is seen to be one. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &stat) < 0) {
		problem = strerror(errno);
		goto out;
	}
	if (!S_ISREG(stat.st_mode)) {
		problem = "is not a regular file";
		goto out;
	}
	if (stat.st_size > (off_t)max) {
		problem = "is too large";
		goto out;
	}
	size_t size = (size_t)stat.st_size;
	bytes = malloc(size + 1);
	if (!bytes) {
		problem = "out of memory";
		goto out;
	}
	ssize_t n = read_all(fd, bytes, size);
	if (n < 0) {
		problem = strerror(errno);
		goto out;
	}
	bytes[n] = '\0';
	*out_file = (struct config_file){
		.bytes = bytes,
		.n = (size_t)n,
		.mode = stat.st_mode & 07777,
	};
	bytes = NULL;
out:
	free(bytes);
	(void)close(fd);
	return problem;
}

size_t config_file_mark(const struct config_file *file)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t n = sizeof(mark) - 1;

	return file->n >= n && memcmp(file->bytes, mark, n) == 0 ? n : 0;
}

void config_file_finish(struct config_file *file)
{
	if (file->bytes)
		secret_wipe(file->bytes, file->n);
	free(file->bytes);
	*file = (struct config_file){0};
}
