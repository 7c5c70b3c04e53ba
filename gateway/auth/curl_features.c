#include "gateway/auth/curl_features.h"

#include "base/parse.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

bool latin1_can_hold(const char *utf8)
{
	uint32_t character;
	for (size_t n = strlen(utf8), size; n > 0; n -= size, utf8 += size) {
		size = parse_utf8(utf8, n, &character);
		if (size == 0 || character > 0xff)
			return false;
	}
	return true;
}

void latin1_put(char *text)
{
	uint32_t character = 0;
	char *out = text;
	assert(latin1_can_hold(text));
	for (size_t n = strlen(text), size; n > 0; n -= size, text += size) {
		size = parse_utf8(text, n, &character);
		*out++ = (char)(unsigned char)character;
	}
	*out = '\0';
}

#define CIDR_SINCE 0x075600u // 7.86.0: CURLOPT_NOPROXY takes addresses with a mask

static bool is(const char *text, const char *word)
{
	return text && strcmp(text, word) == 0;
}

static bool is_ascii(const char *text)
{
	for (; text && *text != '\0'; text++)
		if ((unsigned char)*text > 0x7f)
			return false;
	return true;
}

const char *curl_features_missing(const struct gateway_configure *configure)
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
	const char *proxy = configure->proxy ? configure->proxy : "";
	const char *no_proxy = configure->no_proxy ? configure->no_proxy : "";
	if (is(configure->auth, "ntlm") && !(curl->features & CURL_VERSION_NTLM))
		return "has auth = \"ntlm\", which this libcurl was built without: use "
		       "\"negotiate\" with a keytab, or \"basic\"";
	if (is(configure->auth, "ntlm") && !is_ascii(configure->username))
		return "has auth = \"ntlm\" and a username beyond ASCII, which libcurl "
		       "cannot log on with";
	if (is(configure->auth, "ntlm") && configure->password &&
		!latin1_can_hold(configure->password))
		return "has auth = \"ntlm\" and a password with characters beyond "
		       "ISO 8859-1, which libcurl cannot log on with";
	if (is(configure->auth, "negotiate") &&
		(!(curl->features & CURL_VERSION_SPNEGO) ||
			!(curl->features & CURL_VERSION_GSSAPI)))
		return "has auth = \"negotiate\", which this libcurl was built without: "
		       "install one with GSS-API";
	if (strncasecmp(proxy, "https:", 6) == 0 &&
		!(curl->features & CURL_VERSION_HTTPS_PROXY))
		return "has a proxy by https, which this libcurl was built without";
	if (strchr(no_proxy, '/') && curl->version_num < CIDR_SINCE)
		return "has a network in no_proxy, which libcurl can do since 7.86.0";
	return NULL;
}
