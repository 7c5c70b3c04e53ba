#include "gateway/http/curl_handle.h"

#include "base/url.h"

#include <stdlib.h>
#include <string.h>

bool auth_method_parse(const char *text, enum auth_method *out_auth)
{
	static const char *const names[] = {
		[AUTH_BASIC] = "basic",
		[AUTH_NTLM] = "ntlm",
		[AUTH_NEGOTIATE] = "negotiate",
		[AUTH_TOKEN] = "oauth2",
	};
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(text, names[i]) == 0) {
			*out_auth = (enum auth_method)i;
			return true;
		}
	}
	return false;
}

/* An option that this libcurl does not take would be a request other than the one meant.
 */
#define SET(option, value)                                                 \
	if (curl_easy_setopt(easy, CURLOPT_##option, (value)) != CURLE_OK) \
	return false

static bool set_tls(CURL *easy, const struct gateway_configure *configure)
{
	long least = strcmp(configure->tls_min, "1.3") == 0 ? CURL_SSLVERSION_TLSv1_3
							    : CURL_SSLVERSION_TLSv1_2;
	SET(SSL_VERIFYPEER, 1L);
	SET(SSL_VERIFYHOST, 2L);
	SET(SSLVERSION, least);
	SET(PROXY_SSL_VERIFYPEER, 1L);
	SET(PROXY_SSL_VERIFYHOST, 2L);
	SET(PROXY_SSLVERSION, least);
	if (configure->ca_file[0] != '\0') {
		SET(CAINFO, configure->ca_file);
		SET(CAPATH, NULL); // nobody but those
		SET(PROXY_CAINFO, configure->ca_file);
		SET(PROXY_CAPATH, NULL);
	}
	return true;
}

/* For Exchange alone. */
static bool set_client_certificate(
	CURL *easy, const struct gateway_configure *configure, bool anonymous)
{
	bool shown = configure->client_certificate[0] != '\0' && !anonymous;
	SET(SSLCERT, shown ? configure->client_certificate : NULL);
	SET(SSLKEY, shown ? configure->client_key : NULL);
	return true;
}

/* Plain http stays on this machine, and so does the password in it. */
static bool set_proxy(CURL *easy, const struct gateway_configure *configure, bool plain)
{
	SET(PROXY, plain ? "" : configure->proxy); // "" : none, whatever the environment
	SET(NOPROXY, configure->no_proxy);
	if (configure->proxy_username[0] == '\0')
		return true;
	SET(PROXYAUTH, CURLAUTH_BASIC);
	SET(PROXYUSERNAME, configure->proxy_username);
	SET(PROXYPASSWORD, configure->proxy_password);
	return true;
}

static bool set_auth(CURL *easy, const struct curl_handle_settings *settings)
{
	static const unsigned long methods[] = {
		[AUTH_BASIC] = CURLAUTH_BASIC,
		[AUTH_NTLM] = CURLAUTH_NTLM,
		[AUTH_NEGOTIATE] = CURLAUTH_NEGOTIATE,
		[AUTH_TOKEN] = CURLAUTH_BEARER,
	};
	const struct gateway_configure *configure = &settings->gateway.configure;
	SET(HTTPAUTH, methods[settings->auth]);
	if (settings->auth == AUTH_BASIC || settings->auth == AUTH_NTLM) {
		SET(USERNAME, configure->username);
		SET(PASSWORD, configure->password);
	}
	if (settings->auth == AUTH_NEGOTIATE) {
		SET(USERNAME, ""); // the Kerberos cache says who we are
		SET(PASSWORD, "");
		if (configure->service_name[0] != '\0')
			SET(SERVICE_NAME, configure->service_name);
		SET(GSSAPI_DELEGATION, (long)CURLGSSAPI_DELEGATION_NONE);
	}
	return true;
}

static bool set_no_auth(CURL *easy)
{
	SET(HTTPAUTH, (unsigned long)CURLAUTH_NONE);
	SET(USERNAME, NULL);
	SET(PASSWORD, NULL);
	return true;
}

bool curl_handle_set_security(CURL *easy, const struct curl_handle_settings *settings)
{
	SET(PROTOCOLS_STR, "http,https"); // http was checked to be harmless
	SET(FOLLOWLOCATION, 0L);
	SET(DISALLOW_USERNAME_IN_URL, 1L);
	SET(NETRC, (long)CURL_NETRC_IGNORED);
	return set_tls(easy, &settings->gateway.configure);
}

bool curl_handle_aim(struct curl_handle *handle,
	const struct curl_handle_settings *settings, const char *url, bool anonymous)
{
	const struct gateway_configure *configure = &settings->gateway.configure;
	CURL *easy = handle->easy;
	struct url parsed;
	bool plain =
		!url_parse(url, &parsed) && !parsed.tls && url_is_loopback(parsed.host);
	free(handle->url);
	handle->url = strdup(url);
	if (!handle->url)
		return false;
	SET(URL, url);
	if (handle->aimed && plain == handle->plain && anonymous == handle->anonymous)
		return true;
	handle->aimed = false;
	if (!set_proxy(easy, configure, plain) ||
		!set_client_certificate(easy, configure, anonymous) ||
		!(anonymous ? set_no_auth(easy) : set_auth(easy, settings)))
		return false;
	handle->aimed = true;
	handle->plain = plain;
	handle->anonymous = anonymous;
	return true;
}
