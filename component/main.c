#include "component/ctl.h"
#include "component/daemon.h"
#include "ews/ews.h"
#include "gateway/auth/curl_features.h"
#include "gateway/worker.h"
#include "graph/graph.h"

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
static bool *find_option(struct ctl *ctl, const char *word)
{
	const char *command = ctl->command;

	if (strcmp(word, "--json") == 0 &&
		(strcmp(command, "status") == 0 || strcmp(command, "why") == 0))
		return &ctl->json;
	if (strcmp(command, "reload") != 0)
		return NULL;
	if (strcmp(word, "--dry-run") == 0)
		return &ctl->dry_run;
	return strcmp(word, "--force") == 0 ? &ctl->force : NULL;
}

/* One word; false if it has no place here. */
static bool take(struct ctl *ctl, const char *word)
{
	const char *command = ctl->command;
	bool *option = command ? find_option(ctl, word) : NULL;

	if (option) {
		bool is_new = !*option;

		*option = true;
		return is_new && !(ctl->dry_run && ctl->force);
	}
	if (command && takes_name(command) && !ctl->name && word[0] != '-') {
		ctl->name = word;
		return true;
	}
	if (!command && is_command(word)) {
		ctl->command = word;
		return true;
	}
	return false;
}

static bool parse(int argc, char **argv, struct ctl *out_ctl)
{
	struct ctl ctl = {0};

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-c") == 0) {
			if (ctl.config || i + 1 == argc || argv[i + 1][0] == '-' ||
				argv[i + 1][0] == '\0')
				return false;
			ctl.config = argv[++i];
		} else if (!take(&ctl, argv[i])) {
			return false;
		}
	}
	if (!ctl.command || (takes_name(ctl.command) && !ctl.name))
		return false;
	if (!ctl.config)
		ctl.config = DEFAULT_CONFIG;
	*out_ctl = ctl;
	return true;
}

int main(int argc, char **argv)
{
	static const struct gateway_kind *const kinds[] = {&ews_kind, &graph_kind, NULL};
	struct ctl ctl;

	if (argc == 2 && strcmp(argv[1], WORKER_ARGUMENT) == 0)
		return worker_run(kinds, WORKER_SOCKET);
	if (!parse(argc, argv, &ctl)) {
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (strcmp(ctl.command, "--help") == 0) {
		(void)fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (strcmp(ctl.command, "--version") == 0) {
		(void)printf("calpresence %s\n", CALPRESENCE_VERSION);
		return EXIT_SUCCESS;
	}
	if (strcmp(ctl.command, "-n") == 0)
		return ctl_check(&ctl);
	if (strcmp(ctl.command, "run") == 0)
		return daemon_run(ctl.config, curl_features_missing);
	return strcmp(ctl.command, "login") == 0 ? ctl_login(&ctl) : ctl_ask(&ctl);
}
