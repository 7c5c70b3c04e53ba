#include "gateway/http/location.h"

#include "base/url.h"

#include <curl/curl.h>
#include <stdio.h>

/* curl_url_set() that takes a part away never fails. */
static void take_away(CURLU *at, CURLUPart part)
{
	(void)curl_url_set(at, part, NULL, 0);
}

/* Puts where `location` leads from `url` into `at`. */
static bool go(CURLU *at, const char *url, const char *location)
{
	if (curl_url_set(at, CURLUPART_URL, url, 0) != CURLUE_OK)
		return false;
	take_away(at, CURLUPART_USER);
	take_away(at, CURLUPART_PASSWORD);
	take_away(at, CURLUPART_OPTIONS);
	/* A fragment alone would take libcurl to the folder (RFC 3986 section 5.2.2). */
	if (location[0] != '#' &&
		curl_url_set(at, CURLUPART_URL, location, CURLU_URLENCODE) != CURLUE_OK)
		return false;
	take_away(at, CURLUPART_FRAGMENT);
	return true;
}

/* Whether all before the query is as a URL has it that may be said and asked. */
static bool is_sound(CURLU *at)
{
	struct url url;
	char *text = NULL;
	take_away(at, CURLUPART_QUERY);
	if (curl_url_get(at, CURLUPART_URL, &text, 0) != CURLUE_OK)
		return false;
	bool sound = !url_parse(text, &url);
	curl_free(text);
	return sound;
}

bool location_resolve(const char *url, const char *location, size_t size, char *out_url)
{
	char *text = NULL;
	CURLU *at = curl_url();
	bool resolved = at && location[0] != '\0' && go(at, url, location) &&
			curl_url_get(at, CURLUPART_URL, &text, 0) == CURLUE_OK &&
			is_sound(at);
	if (resolved)
		(void)snprintf(out_url, size, "%s", text);
	curl_free(text);
	curl_url_cleanup(at);
	return resolved;
}
