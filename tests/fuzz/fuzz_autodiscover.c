#include "base/url.h"
#include "ews/places/search.h"

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
static void require_own(const struct search_request *request)
{
	struct url url;

	require(!url_parse(request->url, &url));
	require(request->anonymous ||
		(url.tls && url_is_within(url.host, "example.com")));
}

/* The input is the body of every answer, or the target of every redirection. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct search_settings settings = {
		.hosts = "", .service = "", .cloud = ""};
	struct search *search = search_create(&settings, "alice@example.com");
	struct search_request request;
	unsigned n = 0;

	if (!search || size == 0) {
		search_destroy(search);
		return 0;
	}
	while (search_next(search, INT64_MAX, &request)) {
		struct transfer transfer = {.result = TRANSFER_ANSWERED,
			.status = data[0] & 1 ? 302 : 200,
			.retry_after_ms = -1};
		size_t length = size - 1 < sizeof(transfer.location) - 1
					? size - 1
					: sizeof(transfer.location) - 1;

		require_own(&request);
		require(++n <= SEARCH_REQUESTS_MAX);
		memcpy(transfer.location, data + 1, length);
		search_done(search, &transfer, (const char *)data + 1, size - 1, 0);
	}
	require(search->state != SEARCH_ON);
	if (search->state == SEARCH_FOUND)
		require_own(&(struct search_request){.url = search->url});
	search_destroy(search);
	return 0;
}
