#ifndef TESTS_UNIT_COMPONENT_CONFIG_FILES_H
#define TESTS_UNIT_COMPONENT_CONFIG_FILES_H

#include "component/settings/config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMPONENT "component = { jid = \"meet.example.test\"; secret = \"s\"; };\n"
#define GATEWAY(name, more)                                                            \
	"{ name = \"" name "\"; url = \"https://mail.example.com/EWS/Exchange.asmx\";" \
	" username = \"svc\"; password = \"x\"; " more " }"
#define GATEWAYS "gateways = ( " GATEWAY("hq", "") " );\n"
#define DOMAINS "domains = ( { im = \"example.test\"; mail = \"example.com\"; } );\n"
#define MINIMAL COMPONENT GATEWAYS DOMAINS

/* A snapshot of a text that must be right. */
static inline struct config *load_good(const char *text)
{
	struct config_errors errors = {0};
	struct config *config = config_load_text("test.conf", text, 1, &errors);

	if (!config)
		fail_msg("%s", errors.kept > 0 ? errors.list[0].text : "no error");
	assert_int_equal(errors.n, 0);
	config_errors_finish(&errors);
	return config;
}

/* A text must be refused for one reason alone. */
static inline void expect_error(const char *text, const char *expected)
{
	struct config_errors errors = {0};

	assert_null(config_load_text("test.conf", text, 1, &errors));
	assert_int_equal(errors.kept, 1);
	assert_string_equal(errors.list[0].text, expected);
	config_errors_finish(&errors);
}

static inline void write_file(const char *path, const char *bytes, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

/* The whole of a file, to be freed. */
static inline char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1024 * 1024);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, 1024 * 1024 - 1, file) < 1024 * 1024 - 1);
	assert_int_equal(fclose(file), 0);
	return text;
}

#endif
