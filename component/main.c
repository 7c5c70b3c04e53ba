#include "component/ask.h"
#include "component/complaints.h"
#include "component/daemon.h"
#include "component/orders.h"
#include "component/settings/config.h"
#include "component/sign_in.h"
#include "ews/ews.h"
#include "gateway/auth/curl_features.h"
#include "gateway/worker.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_CONFIG "/etc/calpresence/calpresence.conf"

/* Exit status of wrong usage; 0 and 1 are EXIT_SUCCESS and EXIT_FAILURE. */
#define EXIT_USAGE 2

/* How the supervisor of the gateways starts this same program. */
#define WORKER_ARGUMENT "--gateway-worker"
#define WORKER_SOCKET 3

static const char usage[] =
	"usage: calpresence [-c FILE] run                 the daemon, in the foreground\n"
	"       calpresence [-c FILE] -n                  check the configuration\n"
	"       calpresence [-c FILE] status [--json]     what the running daemon is "
	"doing\n"
	"       calpresence [-c FILE] why [--json] JID    why a person's presence is "
	"what it is\n"
	"       calpresence [-c FILE] reload [--dry-run | --force]\n"
	"                                                 read the configuration again\n"
	"       calpresence [-c FILE] login GATEWAY       sign in, for a gateway with "
	"device_code\n"
	"       calpresence [-c FILE] forget JID          forget all that is known of a "
	"person\n"
	"       calpresence --version | --help\n"
	"FILE is " DEFAULT_CONFIG " by default. See calpresence(8).\n";

struct arguments {
	const char *config;
	const char *command; // "-n", "run", ...
	const char *name;    // a JID, or a gateway
	bool json;
	bool dry_run;
	bool force;
};

static bool takes_name(const char *command)
{
	return strcmp(command, "why") == 0 || strcmp(command, "forget") == 0 ||
	       strcmp(command, "login") == 0;
}

static bool is_command(const char *word)
{
	static const char *const commands[] = {"-n", "run", "status", "why", "reload",
		"login", "forget", "--version", "--help"};

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(word, commands[i]) == 0)
			return true;
	}
	return false;
}

/* The place of a command's option; NULL if it has none of this name. */
static bool *find_option(struct arguments *arguments, const char *word)
{
	const char *command = arguments->command;

	if (strcmp(word, "--json") == 0 &&
		(strcmp(command, "status") == 0 || strcmp(command, "why") == 0))
		return &arguments->json;
	if (strcmp(command, "reload") != 0)
		return NULL;
	if (strcmp(word, "--dry-run") == 0)
		return &arguments->dry_run;
	return strcmp(word, "--force") == 0 ? &arguments->force : NULL;
}

/* One word; false if it has no place here. */
static bool take(struct arguments *arguments, const char *word)
{
	const char *command = arguments->command;
	bool *option = command ? find_option(arguments, word) : NULL;

	if (option) {
		bool is_new = !*option;

		*option = true;
		return is_new && !(arguments->dry_run && arguments->force);
	}
	if (command && takes_name(command) && !arguments->name && word[0] != '-') {
		arguments->name = word;
		return true;
	}
	if (!command && is_command(word)) {
		arguments->command = word;
		return true;
	}
	return false;
}

static bool parse(int argc, char **argv, struct arguments *out_arguments)
{
	struct arguments arguments = {0};

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-c") == 0) {
			if (arguments.config || i + 1 == argc || argv[i + 1][0] == '-' ||
				argv[i + 1][0] == '\0')
				return false;
			arguments.config = argv[++i];
		} else if (!take(&arguments, argv[i])) {
			return false;
		}
	}
	if (!arguments.command || (takes_name(arguments.command) && !arguments.name))
		return false;
	if (!arguments.config)
		arguments.config = DEFAULT_CONFIG;
	*out_arguments = arguments;
	return true;
}

static int check_configuration(const char *path)
{
	struct config_errors errors = {0};
	struct config *config = orders_load(path, 1, curl_features_missing, &errors);
	int status = config ? EXIT_SUCCESS : EXIT_FAILURE;

	complaints_each(&errors, complaints_print, NULL);
	config_errors_finish(&errors);
	config_free(config);
	if (status == EXIT_SUCCESS)
		(void)printf("%s: configuration OK\n", path);
	return status;
}

int main(int argc, char **argv)
{
	struct arguments arguments;

	if (argc == 2 && strcmp(argv[1], WORKER_ARGUMENT) == 0)
		return worker_run(&ews_kind, WORKER_SOCKET);
	if (!parse(argc, argv, &arguments)) {
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (strcmp(arguments.command, "--help") == 0) {
		(void)fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (strcmp(arguments.command, "--version") == 0) {
		(void)printf("calpresence %s\n", CALPRESENCE_VERSION);
		return EXIT_SUCCESS;
	}
	if (strcmp(arguments.command, "-n") == 0)
		return check_configuration(arguments.config);
	if (strcmp(arguments.command, "run") == 0)
		return daemon_run(arguments.config, curl_features_missing);
	if (strcmp(arguments.command, "login") == 0)
		return sign_in(arguments.config, arguments.name);
	return ask_daemon(arguments.config, &(struct ask){
						    .command = arguments.command,
						    .jid = arguments.name,
						    .json = arguments.json,
						    .dry_run = arguments.dry_run,
						    .force = arguments.force,
					    });
}
