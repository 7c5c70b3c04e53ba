#include "gateway/http/location.h"

#include "base/url.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define URL "https://user:password@mail.example.com/EWS/Exchange.asmx"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Wherever a header leads, it is a URL that names no user. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct url url;
	char found[1028];
	char *location = malloc(size + 1);

	if (location == NULL)
		return 0;
	if (size > 0)
		memcpy(location, data, size);
	location[size] = '\0';
	if (location_resolve(URL, location, sizeof found, found)) {
		found[strcspn(found, "?")] = '\0';
		if (url_parse(found, &url))
			abort();
	}
	free(location);
	return 0;
}
