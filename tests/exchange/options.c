#include "exchange/options.h"

#include "base/parse.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
	"exchange-sim [OPTIONS] [CALENDAR]\n"
	"  --http-port N     default 0: the kernel picks one\n"
	"  --https-port N    the same; needs --cert and --key\n"
	"  --cert FILE       PEM\n"
	"  --key FILE        PEM\n"
	"  --user NAME       who may ask, DOMAIN\\name or name@domain; default: "
	"everybody\n"
	"  --password TEXT   of that user\n"
	"  --xsd DIR         Microsoft's schema: check every request and every answer\n"
	"  --parent-dies     end at the end of stdin\n"
	"Listens on 127.0.0.1 and prints `ready http=PORT https=PORT`.\n";

static bool read_port(const char *text, uint16_t *out_port)
{
	int64_t port;

	if (!parse_int64(text, strlen(text), 0, UINT16_MAX, &port))
		return false;
	*out_port = (uint16_t)port;
	return true;
}

static bool take(int option, const char *value, struct options *options)
{
	switch (option) {
	case 'p':
		return read_port(value, &options->http_port);
	case 's':
		return read_port(value, &options->https_port);
	case 'c':
		options->cert = value;
		return true;
	case 'k':
		options->key = value;
		return true;
	case 'u':
		options->user = value;
		return true;
	case 'w':
		options->password = value;
		return true;
	case 'x':
		options->xsd = value;
		return true;
	case 'd':
		options->parent_dies = true;
		return true;
	default:
		return false;
	}
}

int options_parse(int argc, char **argv, struct options *out_options)
{
	static const struct option longs[] = {
		{"http-port", required_argument, NULL, 'p'},
		{"https-port", required_argument, NULL, 's'},
		{"cert", required_argument, NULL, 'c'},
		{"key", required_argument, NULL, 'k'},
		{"user", required_argument, NULL, 'u'},
		{"password", required_argument, NULL, 'w'},
		{"xsd", required_argument, NULL, 'x'},
		{"parent-dies", no_argument, NULL, 'd'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct options options = {0};
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (option == 'h') {
			(void)fputs(usage, stdout);
			return 1;
		}
		if (!take(option, optarg, &options))
			goto wrong;
	}
	if (optind < argc)
		options.calendar = argv[optind++];
	if (optind < argc || (options.cert == NULL) != (options.key == NULL) ||
		(options.user == NULL) != (options.password == NULL))
		goto wrong;
	*out_options = options;
	return 0;
wrong:
	(void)fputs(usage, stderr);
	return -1;
}
