#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A longer message is cut. */
#define LOG_MESSAGE_SIZE 2048
/* Of a message with more key=value pairs the first ones stay in its text. */
#define LOG_FIELDS_MAX 8
/* A longer format keeps its pairs in its text. */
#define LOG_FORMAT_SIZE 1024
/* Room for a message of which every byte becomes \u00xx, and what stands around it. */
#define LOG_JSON_MAX (6 * LOG_MESSAGE_SIZE + 512)

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

/* ------------------------------------------------------------------ the fields of JSON
 */

/* One key=value at the end of a format. */
struct field {
	const char *key;
	size_t key_length;
	const char *value; // without its quotes
	const char *end;
	bool number;
};

static size_t key_length(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

/* Reads a field at the beginning of text. false: there is none. */
static bool read_field(const char *text, struct field *out_field)
{
	struct field field = {.key = text, .key_length = key_length(text)};
	const char *equals = text + field.key_length;
	bool quoted;

	if (field.key_length == 0 || *equals != '=')
		return false;
	quoted = equals[1] == '"';
	field.value = equals + (quoted ? 2 : 1);
	field.end = field.value + strcspn(field.value, quoted ? "\"" : " ");
	if (field.end == field.value || (quoted && *field.end == '\0'))
		return false;
	field.number = !quoted && *field.value == '%' && strchr("diu", field.end[-1]);
	*out_field = field;
	return true;
}

/* The fields with which a format ends, in their order; how many they are. They are found
 * in the format and not in the message, where a text of somebody else's may look alike.
 */
static size_t read_fields(const char *format, struct field fields[LOG_FIELDS_MAX])
{
	size_t n = 0;

	while (*format != '\0') {
		if (n == LOG_FIELDS_MAX)
			memmove(fields, fields + 1, --n * sizeof(*fields));
		if (read_field(format, &fields[n]))
			format = fields[n++].end;
		else
			n = 0;
		format += strcspn(format, " ");
		format += strspn(format, " ");
	}
	return n;
}

/* clang asks for a literal; this is the beginning of one. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
/* Where in the message the byte `at` of the format has come to. */
static size_t place_of(const char *format, const char *at, va_list args)
{
	size_t n = (size_t)(at - format);
	char beginning[LOG_FORMAT_SIZE];
	va_list copy;
	int length;

	memcpy(beginning, format, n);
	beginning[n] = '\0';
	va_copy(copy, args);
	length = vsnprintf(NULL, 0, beginning, copy);
	va_end(copy);
	if (length < 0 || length >= LOG_MESSAGE_SIZE)
		return LOG_MESSAGE_SIZE - 1;
	return (size_t)length;
}
#pragma GCC diagnostic pop

static void put_field(
	struct buf *buf, const struct field *field, const char *value, const char *end)
{
	buf_printf(buf, ",\"%.*s\":", (int)field->key_length, field->key);
	if (field->number && value < end) {
		buf_puts(buf, value);
		return;
	}
	buf_puts(buf, "\"");
	buf_put_json(buf, value);
	buf_puts(buf, "\"");
}

/* Puts the message and its fields, which are cut out of it. */
static void put_message(struct buf *buf, const char *format, va_list args, char *message)
{
	struct field fields[LOG_FIELDS_MAX];
	size_t values[LOG_FIELDS_MAX];
	size_t ends[LOG_FIELDS_MAX];
	size_t n = strlen(format) < LOG_FORMAT_SIZE ? read_fields(format, fields) : 0;

	for (size_t i = 0; i < n; i++) {
		values[i] = place_of(format, fields[i].value, args);
		ends[i] = place_of(format, fields[i].end, args);
	}
	if (n > 0) {
		size_t first = place_of(format, fields[0].key, args);

		message[first > 0 ? first - 1 : 0] = '\0';
	}
	for (size_t i = 0; i < n; i++)
		message[ends[i]] = '\0';
	buf_put_json(buf, message);
	buf_puts(buf, "\"");
	for (size_t i = 0; i < n; i++)
		put_field(buf, &fields[i], message + values[i], message + ends[i]);
}

static bool write_json(FILE *stream, const char *time, const char *level,
	const char *format, va_list args, char *message)
{
	struct buf buf;
	bool written = false;

	buf_init(&buf, LOG_JSON_MAX);
	buf_printf(&buf, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":\"", time, level);
	put_message(&buf, format, args, message);
	buf_puts(&buf, "}\n");
	if (!buf.failed)
		written = fwrite(buf.data, buf.len, 1, stream) == 1;
	buf_finish(&buf);
	return written;
}

/* ------------------------------------------------------------------ lines */

/* Whether the stream goes to the journal of systemd (systemd.exec(5), JOURNAL_STREAM),
 * which takes the priority from the beginning of a line (sd-daemon(3)). */
static bool goes_to_journal(FILE *stream)
{
	const char *journal = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat stat;

	if (!journal || fstat(fileno(stream), &stat) != 0)
		return false;
	(void)snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)stat.st_dev,
		(uintmax_t)stat.st_ino);
	return strcmp(own, journal) == 0;
}

static void write_text(
	FILE *stream, enum log_level level, const char *time, const char *message)
{
	/* The priorities of syslog(3). */
	static const char *const priorities[] = {
		[LOG_LEVEL_ERROR] = "<3>",
		[LOG_LEVEL_WARNING] = "<4>",
		[LOG_LEVEL_INFO] = "<6>",
		[LOG_LEVEL_DEBUG] = "<7>",
	};

	(void)fprintf(stream, "%s%s %s %s\n",
		goes_to_journal(stream) ? priorities[level] : "", time,
		level_names[level], message);
}

static void log_write(enum log_level level, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void log_write(enum log_level level, const char *format, va_list args)
{
	FILE *stream = logger.stream != NULL ? logger.stream : stderr;
	int saved_errno = errno;
	char message[LOG_MESSAGE_SIZE];
	char time[CLOCK_TEXT_SIZE];
	va_list copy;

	if (level > logger.level)
		return;
	va_copy(copy, args);
	if (vsnprintf(message, sizeof(message), format, copy) < 0)
		message[0] = '\0';
	va_end(copy);
	clock_print(clock_wall_ms(), time);
	line_make_printable(message, strlen(message), false);
	/* Out of memory is no reason to keep quiet: the text form needs none. */
	if (!logger.json ||
		!write_json(stream, time, level_names[level], format, args, message))
		write_text(stream, level, time, message);
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
