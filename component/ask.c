#include "component/ask.h"

#include "component/complaints.h"
#include "component/control/control.h"
#include "component/settings/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TARGET_MAX 16384

static void write_target(
	struct buf *target, const char *command, const char *jid, bool json)
{
	buf_printf(target, "/%s?format=%s", command, json ? "json" : "text");
	if (jid != NULL) {
		buf_puts(target, "&jid=");
		control_put_query(target, jid);
	}
}

static int ask(const char *socket, const char *command, const char *jid, bool json)
{
	bool changes = strcmp(command, "reload") == 0 || strcmp(command, "forget") == 0;
	struct buf target;
	struct buf body;
	int status;

	buf_init(&target, TARGET_MAX);
	buf_init(&body, CONTROL_BODY_MAX);
	write_target(&target, command, jid, json);
	status = target.failed ? -1
			       : control_ask(socket, changes ? "POST" : "GET",
					 buf_text(&target), &body);
	(void)fputs(buf_text(&body), status == 200 ? stdout : stderr);
	if (status < 0)
		(void)fputc('\n', stderr);
	buf_finish(&target);
	buf_finish(&body);
	return status == 200 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int ask_daemon(const char *config_path, const char *command, const char *jid, bool json)
{
	struct config_errors errors = {0};
	struct config *config = config_load(config_path, 1, &errors);
	int status = EXIT_FAILURE;

	complaints_each(&errors, complaints_print, NULL);
	if (config != NULL)
		status = ask(config->control.socket, command, jid, json);
	config_errors_finish(&errors);
	config_free(config);
	return status;
}
