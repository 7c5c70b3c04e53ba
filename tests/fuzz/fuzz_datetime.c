#include "base/datetime.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read can be printed, and reads back as the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t seconds;
	int64_t again;
	char text[DATETIME_SIZE];
	if (!datetime_parse((const char *)data, size, &seconds))
		return 0;
	if (seconds < DATETIME_MIN || seconds > DATETIME_MAX)
		abort();
	if (seconds == DATETIME_MAX)
		return 0;
	datetime_print(seconds, text);
	if (!datetime_parse(text, strlen(text), &again) || again != seconds)
		abort();
	return 0;
}
