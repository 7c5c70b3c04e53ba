#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/parse.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* A longer message is cut. */
#define LOG_MESSAGE_SIZE 2048
/* Room for a message of which every byte becomes \u00xx, and the fields around it. */
#define LOG_JSON_MAX (6 * LOG_MESSAGE_SIZE + 256)

static struct {
	FILE *stream; // borrowed; NULL: stderr
	enum log_level level;
	bool json;
} logger = {.level = LOG_LEVEL_INFO};

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

void log_setup(FILE *stream, enum log_level level, bool json)
{
	logger.stream = stream;
	logger.level = level;
	logger.json = json;
}

/* Replaces what could forge a line or steer a terminal: controls and bytes that are no
 * UTF-8, such as the rest of a character that was cut. */
static void make_printable(char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n;) {
		uint32_t c;
		size_t size = parse_utf8(text + i, n - i, &c);

		if (size == 0 || c < 0x20 || (c >= 0x7f && c < 0xa0)) {
			memset(text + i, '?', size > 0 ? size : 1);
		}
		i += size > 0 ? size : 1;
	}
}

static bool write_json(
	FILE *stream, const char *time, const char *level, const char *message)
{
	struct buf buf;
	bool written = false;

	buf_init(&buf, LOG_JSON_MAX);
	buf_printf(&buf, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":\"", time, level);
	buf_put_json(&buf, message);
	buf_puts(&buf, "\"}\n");
	if (!buf.failed)
		written = fwrite(buf.data, buf.len, 1, stream) == 1;
	buf_finish(&buf);
	return written;
}

static void log_write(enum log_level level, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void log_write(enum log_level level, const char *format, va_list args)
{
	FILE *stream = logger.stream != NULL ? logger.stream : stderr;
	const char *name = level_names[level];
	int saved_errno = errno;
	char message[LOG_MESSAGE_SIZE];
	char time[CLOCK_TEXT_SIZE];

	if (level > logger.level)
		return;
	if (vsnprintf(message, sizeof(message), format, args) < 0)
		message[0] = '\0';
	clock_print(clock_wall_ms(), time);
	make_printable(message);
	/* Out of memory is no reason to keep quiet: the text form needs none. */
	if (!logger.json || !write_json(stream, time, name, message))
		(void)fprintf(stream, "%s %s %s\n", time, name, message);
	(void)fflush(stream);
	errno = saved_errno;
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_write(LOG_LEVEL_ERROR, format, args);
	va_end(args);
}

void log_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_write(LOG_LEVEL_WARNING, format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_write(LOG_LEVEL_INFO, format, args);
	va_end(args);
}

void log_debug(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_write(LOG_LEVEL_DEBUG, format, args);
	va_end(args);
}
