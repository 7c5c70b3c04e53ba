#include "component/ask.h"

#include "component/complaints.h"
#include "component/control/control.h"
#include "component/settings/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_target(struct buf *target, const struct ask *ask)
{
	buf_printf(target, "/%s?format=%s", ask->command, ask->json ? "json" : "text");
	if (ask->dry_run)
		buf_puts(target, "&dry_run=1");
	if (ask->force)
		buf_puts(target, "&force=1");
	if (ask->jid) {
		buf_puts(target, "&jid=");
		control_put_query(target, ask->jid);
	}
}

static int ask_at(const char *socket, const struct ask *ask)
{
	bool changes = strcmp(ask->command, "reload") == 0 ||
		       strcmp(ask->command, "forget") == 0;
	bool attention = false;
	struct buf target;
	struct buf body;
	int status;

	buf_init(&target, CONTROL_TARGET_MAX);
	buf_init(&body, CONTROL_BODY_MAX);
	write_target(&target, ask);
	status = target.failed ? -1
			       : control_ask(socket, changes ? "POST" : "GET",
					 buf_text(&target), &body, &attention);
	(void)fputs(buf_text(&body), status == 200 ? stdout : stderr);
	if (status < 0)
		(void)fputc('\n', stderr);
	buf_finish(&target);
	buf_finish(&body);
	return status == 200 && !attention ? EXIT_SUCCESS : EXIT_FAILURE;
}

int ask_daemon(const char *config_path, const struct ask *ask)
{
	struct config_errors errors = {0};
	struct config *config = config_load_control(config_path, &errors);
	int status = EXIT_FAILURE;

	if (config)
		status = ask_at(config->control.socket, ask);
	else
		complaints_each(&errors, complaints_print, NULL);
	config_errors_finish(&errors);
	config_free(config);
	return status;
}
