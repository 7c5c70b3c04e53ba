#include "base/jid.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A prepared JID is a JID, and preparing it again changes nothing. */
static void check_parse(const char *text)
{
	struct jid jid;
	struct jid again;
	char printed[JID_SIZE];
	char printed_again[JID_SIZE];

	if (!jid_parse(text, &jid))
		return;
	jid_print(&jid, printed);
	if (!jid_parse(printed, &again))
		abort();
	jid_print(&again, printed_again);
	if (strcmp(printed, printed_again) != 0)
		abort();
}

/* Escaping loses nothing. */
static void check_escape(const char *text)
{
	char local[JID_PART_SIZE];
	char unescaped[JID_PART_SIZE];

	if (!jid_escape(text, local))
		return;
	jid_unescape(local, unescaped);
	if (strcmp(text, unescaped) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check_parse(text);
	check_escape(text);
	free(text);
	return 0;
}
