#ifndef EXCHANGE_OPTIONS_H
#define EXCHANGE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
	const char *calendar; // a file, or NULL
	const char *cert;     // PEM files; NULL: no HTTPS
	const char *key;
	const char *user;     // NULL: everybody is let in
	const char *password; // of user
	const char *xsd;      // a folder, or NULL
	uint16_t http_port;   // 0: the kernel picks one
	uint16_t https_port;
	bool parent_dies; // end when stdin does
};

/* 0: run; 1: help was asked for and given; -1: wrong, said on stderr. */
int options_parse(int argc, char **argv, struct options *out_options);

#endif
