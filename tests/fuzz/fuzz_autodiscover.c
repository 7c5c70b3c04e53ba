#include "base/url.h"
#include "ews/autodiscover/lookup.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

/* Credentials go to the own domain alone, whatever anybody answers. */
static void require_own(const struct lookup_request *request)
{
	struct url url;

	require(!url_parse(request->url, &url));
	require(request->anonymous ||
		(url.tls && url_is_within(url.host, "example.com")));
}

/* The input is the body of every answer, or the target of every redirection. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct lookup_settings settings = {
		.hosts = "", .service = "", .cloud = ""};
	struct lookup *lookup = lookup_create(&settings, "alice@example.com");
	struct lookup_request request;
	unsigned n = 0;

	if (!lookup || size == 0) {
		lookup_destroy(lookup);
		return 0;
	}
	while (lookup_next(lookup, INT64_MAX, &request)) {
		struct transfer transfer = {.result = TRANSFER_ANSWERED,
			.status = data[0] & 1 ? 302 : 200,
			.retry_after_ms = -1};
		size_t length = size - 1 < sizeof(transfer.location) - 1
					? size - 1
					: sizeof(transfer.location) - 1;

		require_own(&request);
		require(++n <= LOOKUP_REQUESTS_MAX);
		memcpy(transfer.location, data + 1, length);
		lookup_done(lookup, &transfer, (const char *)data + 1, size - 1, 0);
	}
	require(lookup->state != LOOKUP_ON);
	if (lookup->state == LOOKUP_FOUND)
		require_own(&(struct lookup_request){.url = lookup->url});
	lookup_destroy(lookup);
	return 0;
}
