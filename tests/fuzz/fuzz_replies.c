#include "ews/operations/mailtips.h"
#include "ews/operations/oof_settings.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void check_tips(const char *bytes, size_t n)
{
	struct mailtips tips;
	if (mailtips_read(bytes, n, &tips) < 0)
		return;
	require(tips.n <= MAILTIPS_MAILBOXES_MAX);
	require(tips.soap.kind == SOAP_ANSWER || tips.n == 0);
	for (size_t i = 0; i < tips.n; i++) {
		require(tips.mailboxes[i].from < tips.mailboxes[i].to);
		require(!tips.mailboxes[i].code[0] ||
			tips.mailboxes[i].reply == MAILTIPS_UNKNOWN);
	}
}

static void check_settings(const char *bytes, size_t n)
{
	struct oof_settings settings;
	if (oof_settings_read(bytes, n, &settings) < 0)
		return;
	require(settings.from <= settings.to);
	require(settings.soap.kind == SOAP_ANSWER || !settings.known);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_tips((const char *)data, size);
	check_settings((const char *)data, size);
	return 0;
}
