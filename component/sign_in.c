#include "component/sign_in.h"

#include "component/complaints.h"
#include "component/orders.h"
#include "gateway/auth/curl_features.h"
#include "gateway/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void prompt(void *context, const struct login_prompt *prompt)
{
	(void)context;
	(void)printf("open %s in any browser and type %s there; the time for it is %lld "
		     "minutes\n",
		prompt->where, prompt->code, (long long)(prompt->life_s + 59) / 60);
	(void)fflush(stdout);
}

/* The name may be left in doubt by nothing: it is that of the configuration. */
static const struct config_gateway *find(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->n_gateways; i++)
		if (strcmp(config->gateways[i].name, name) == 0)
			return &config->gateways[i];
	return NULL;
}

static int sign_in_for(const struct config *config, const char *name)
{
	const struct config_gateway *gateway = find(config, name);
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
	const struct gateway_configure orders = orders_of(config, gateway);
	if (login_run(&orders, prompt, NULL, error)) {
		(void)fprintf(stderr, "%s\n", error);
		return EXIT_FAILURE;
	}
	(void)printf("signed in; a running daemon takes it at its next try, or after "
		     "`calpresence reload`\n");
	return EXIT_SUCCESS;
}

int sign_in(const char *config_path, const char *gateway)
{
	struct config_errors errors = {0};
	struct config *config =
		orders_load(config_path, 1, curl_features_missing, &errors);
	int status = EXIT_FAILURE;

	if (config)
		status = sign_in_for(config, gateway);
	else
		complaints_each(&errors, complaints_print, NULL);
	config_errors_finish(&errors);
	config_free(config);
	return status;
}
