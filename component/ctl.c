#include "component/ctl.h"

#include "component/control/control.h"
#include "component/gateway_config.h"
#include "component/settings/config.h"
#include "gateway/auth/curl_features.h"
#include "gateway/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print(void *context, const char *line, bool is_warning)
{
	(void)context;
	(void)is_warning;
	(void)fprintf(stderr, "%s\n", line);
}

/* Prints the errors, and warnings where there are errors or `always`. */
static void say(const struct config *config, struct config_errors *errors, bool always)
{
	if (!config || always)
		config_errors_each(errors, print, NULL);
	config_errors_finish(errors);
}

int ctl_check(const struct ctl *ctl)
{
	struct config_errors errors = {0};
	struct config *config =
		gateway_config_load(ctl->config, 1, curl_features_missing, &errors);

	say(config, &errors, true);
	if (!config)
		return EXIT_FAILURE;
	config_free(config);
	(void)printf("%s: configuration OK\n", ctl->config);
	return EXIT_SUCCESS;
}

/* ------------------------------------------------------------------ the daemon */

static void write_target(struct buf *target, const struct ctl *ctl)
{
	buf_printf(target, "/%s?format=%s", ctl->command, ctl->json ? "json" : "text");
	if (ctl->dry_run)
		buf_puts(target, "&dry_run=1");
	if (ctl->force)
		buf_puts(target, "&force=1");
	if (ctl->name) {
		buf_puts(target, "&jid=");
		control_put_query(target, ctl->name);
	}
}

int ctl_ask(const struct ctl *ctl)
{
	bool changes = strcmp(ctl->command, "reload") == 0 ||
		       strcmp(ctl->command, "forget") == 0;
	struct config_errors errors = {0};
	struct config *config = config_load_control(ctl->config, &errors);
	bool attention = false;
	struct buf target;
	struct buf body;
	int status = -1;

	say(config, &errors, false);
	if (!config)
		return EXIT_FAILURE;
	buf_init(&target, CONTROL_TARGET_MAX);
	buf_init(&body, CONTROL_BODY_MAX);
	write_target(&target, ctl);
	if (!target.failed)
		status = control_ask(config->control.socket, changes ? "POST" : "GET",
			buf_text(&target), &body, &attention);
	(void)fputs(buf_text(&body), status == 200 ? stdout : stderr);
	if (status < 0)
		(void)fputc('\n', stderr);
	buf_finish(&target);
	buf_finish(&body);
	config_free(config);
	return status == 200 && !attention ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ------------------------------------------------------------------ sign-in */

static void prompt(void *context, const struct login_prompt *prompt)
{
	(void)context;
	(void)printf("open %s in any browser and type %s there; the time for it is %lld "
		     "minutes\n",
		prompt->where, prompt->code, (long long)(prompt->life_s + 59) / 60);
	(void)fflush(stdout);
}

static int login(const struct config *config, const char *name)
{
	const struct config_gateway *gateway =
		name[0] != '\0' ? config_gateway_for(config, "", name) : NULL;
	char error[GATEWAY_TEXT_MAX];

	if (!gateway) {
		(void)fprintf(stderr, "there is no gateway \"%s\"\n", name);
		return EXIT_FAILURE;
	}
	if (gateway->auth != CONFIG_AUTH_OAUTH2 ||
		gateway->flow != CONFIG_FLOW_DEVICE_CODE) {
		(void)fprintf(stderr,
			"gateway \"%s\" needs nobody to sign in: that is for auth = "
			"\"oauth2\" with flow = \"device_code\"\n",
			name);
		return EXIT_FAILURE;
	}
	const struct gateway_configure orders = gateway_config_of(config, gateway);
	if (login_run(&orders, prompt, NULL, error)) {
		(void)fprintf(stderr, "%s\n", error);
		return EXIT_FAILURE;
	}
	(void)printf("signed in; a running daemon takes it at its next try, or after "
		     "`calpresence reload`\n");
	return EXIT_SUCCESS;
}

int ctl_login(const struct ctl *ctl)
{
	struct config_errors errors = {0};
	struct config *config =
		gateway_config_load(ctl->config, 1, curl_features_missing, &errors);
	int status = EXIT_FAILURE;

	say(config, &errors, false);
	if (config)
		status = login(config, ctl->name);
	config_free(config);
	return status;
}
