#include "component/settings/file.h"

#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads what there is, up to the length that the file had. */
static const char *read_all(int fd, const struct stat *stat, struct config_file *out_file)
{
	const size_t size = (size_t)stat->st_size;
	struct config_file file = {
		.bytes = malloc(size + 1), .mode = stat->st_mode & 07777};
	ssize_t got = 1;

	if (!file.bytes)
		return "out of memory";
	while (file.n < size && got != 0) {
		got = read(fd, file.bytes + file.n, size - file.n);
		if (got < 0 && errno != EINTR) {
			const char *problem = strerror(errno);

			config_file_finish(&file);
			return problem;
		}
		file.n += got > 0 ? (size_t)got : 0;
	}
	file.bytes[file.n] = '\0';
	*out_file = file;
	return NULL;
}

const char *config_file_read(const char *path, size_t max, struct config_file *out_file)
{
	const char *problem;
	struct stat stat;
	/* A FIFO must not hold us up before it is seen to be one. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &stat) < 0)
		problem = strerror(errno);
	else if (!S_ISREG(stat.st_mode))
		problem = "is not a regular file";
	else if (stat.st_size > (off_t)max)
		problem = "is too large";
	else
		problem = read_all(fd, &stat, out_file);
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
