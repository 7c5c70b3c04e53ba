#define _GNU_SOURCE /* memmem */
#include "gateway/http/curl_handle.h"

#include "base/parse.h"
#include "base/secret.h"
#include "base/url.h"
#include "gateway/auth/curl_features.h"
#include "gateway/auth/uuid.h"
#include "gateway/http/location.h"
#include "gateway/http/transport.h"
#include "gateway/limits.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/* What was read over TLS, too, is left in no buffer. */
static CURLcode cleanse(CURL *easy, void *context, void *nobody)
{
	(void)easy;
	(void)nobody;
	(void)SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT);
	return CURLE_OK;
}

static bool set_tls(CURL *easy, const struct gateway_configure *configure)
{
	long least = strcmp(configure->tls_min, "1.3") == 0 ? CURL_SSLVERSION_TLSv1_3
							    : CURL_SSLVERSION_TLSv1_2;
	SET(SSL_CTX_FUNCTION, cleanse);
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
	const struct gateway_configure *configure = settings->configure;
	SET(HTTPAUTH, methods[settings->auth]);
	if (settings->auth == AUTH_BASIC || settings->auth == AUTH_NTLM) {
		SET(USERNAME, configure->username);
		SET(PASSWORD, settings->password.bytes);
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

static bool set_security(CURL *easy, const struct curl_handle_settings *settings)
{
	SET(PROTOCOLS_STR, "http,https"); // http was checked to be harmless
	SET(FOLLOWLOCATION, 0L);
	SET(DISALLOW_USERNAME_IN_URL, 1L);
	SET(NETRC, (long)CURL_NETRC_IGNORED);
	return set_tls(easy, settings->configure);
}

bool curl_handle_aim(struct curl_handle *handle,
	const struct curl_handle_settings *settings, const char *url, bool anonymous)
{
	const struct gateway_configure *configure = settings->configure;
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

/*
 * Whether NTLM or Kerberos got to its end before the server refused, and what Kerberos
 * itself complains of, libcurl tells nobody but its trace.
 */

/* What the last message of the client begins with: NTLMSSP, NUL, 3 in base64 (MS-NLMP
 * 2.2.1.3); any token of Kerberos (RFC 4559 section 4.2). */
#define NTLM_LAST "\r\nAuthorization: NTLM TlRMTVNTUAAD"
#define NEGOTIATE "\r\nAuthorization: Negotiate "
#define GSS_ERROR "gss_init_sec_context() failed: "

static bool holds(const char *bytes, size_t n, const char *wanted)
{
	return memmem(bytes, n, wanted, strlen(wanted)) != NULL;
}

/* The text of a failed GSS call; later ones do not say more. */
static void note_error(struct curl_handle *handle, const char *text, size_t n)
{
	size_t prefix = strlen(GSS_ERROR);
	if (handle->error[0] != '\0' || n < prefix ||
		memcmp(text, GSS_ERROR, prefix) != 0)
		return;
	(void)snprintf(handle->error, sizeof handle->error, "%.*s",
		(int)(n - prefix < 200 ? n - prefix : 200), text + prefix);
}

/* The signature is libcurl's. What is sent holds credentials: it is looked at and left.
 */
static int on_trace(CURL *easy, curl_infotype type, char *bytes, size_t n, void *context)
{
	struct curl_handle *handle = context;
	(void)easy;
	if (type == CURLINFO_TEXT)
		note_error(handle, bytes, n);
	else if (type == CURLINFO_HEADER_OUT &&
		 (holds(bytes, n, NTLM_LAST) || holds(bytes, n, NEGOTIATE)))
		handle->handshake_done = true;
	return 0;
}

static bool watch_handshake(struct curl_handle *handle)
{
	return curl_easy_setopt(handle->easy, CURLOPT_DEBUGFUNCTION, on_trace) ==
		       CURLE_OK &&
	       curl_easy_setopt(handle->easy, CURLOPT_DEBUGDATA, handle) == CURLE_OK &&
	       curl_easy_setopt(handle->easy, CURLOPT_VERBOSE, 1L) == CURLE_OK;
}

#define REQUEST_MAX (1024 * 1024) // 100 addresses, each character escaped
#define FORM_BODY_MAX (64 * 1024)
#define STREAM_BODY_MAX (1024 * 1024) // that is no stream
#define STREAM_WAITING (256 * 1024)   // then Exchange is not listened to
#define RESPONSE_KEPT (256 * 1024)
#define RECEIVE_SIZE (100L * 1024)

int curl_handle_settings_init(
	struct curl_handle_settings *settings, const struct gateway_configure *configure)
{
	*settings = (struct curl_handle_settings){
		.configure = configure,
		.timeout_s = (long)gateway_within(
			configure->timeout_s, 1, GATEWAY_TIMEOUT_MAX_S),
	};
	if (!secret_set(
		    &settings->password, configure->password, configure->password_len) ||
		!auth_method_parse(configure->auth, &settings->auth))
		return -1;
	if (settings->auth == AUTH_NTLM)
		latin1_put(settings->password.bytes);
	return 0;
}

void curl_handle_settings_finish(struct curl_handle_settings *settings)
{
	secret_finish(&settings->password);
}

bool curl_handle_flows(struct curl_handle *handle)
{
	long status = 0;
	(void)curl_easy_getinfo(handle->easy, CURLINFO_RESPONSE_CODE, &status);
	return handle->kind == CURL_HANDLE_STREAM && status == 200;
}

void curl_handle_go_on(struct curl_handle *handle)
{
	bool paused = handle->paused;
	handle->paused = false; // before what was held back comes and may pause it again
	if (paused)
		(void)curl_easy_pause(handle->easy, CURLPAUSE_CONT);
}

static size_t take_body(char *bytes, size_t size, size_t n, void *context)
{
	struct curl_handle *handle = context;
	handle->paused =
		handle->response.len > STREAM_WAITING && curl_handle_flows(handle);
	if (handle->paused)
		return CURL_WRITEFUNC_PAUSE;
	buf_add(&handle->response, bytes, size * n);
	secret_wipe(bytes, size * n); // libcurl keeps its buffer for the next answer
	return handle->response.failed ? 0 : size * n; // less than n ends the transfer
}

static bool is_handshake(enum auth_method auth)
{
	return auth == AUTH_NTLM || auth == AUTH_NEGOTIATE;
}

/* One of several servers behind a name may refuse a log-on that the others grant, or be
 * overloaded alone: the connection to it is not used again, so that the next try goes to
 * another, or over a connection that was granted. A log-on by handshake is refused on its
 * way, too. */
static size_t take_header(char *bytes, size_t size, size_t n, void *context)
{
	struct curl_handle *handle = context;
	const char *status = memchr(bytes, ' ', size * n);
	bool refused =
		size * n > 12 && memcmp(bytes, "HTTP/", 5) == 0 && status &&
		status + 4 < bytes + size * n &&
		(memcmp(status, " 401", 4) == 0 ||
			(handle->auth == AUTH_TOKEN && memcmp(status, " 503", 4) == 0));
	if (refused && !is_handshake(handle->auth))
		(void)curl_easy_setopt(handle->easy, CURLOPT_FORBID_REUSE, 1L);
	return size * n;
}

static bool add_line(struct curl_handle *handle, const char *line)
{
	struct curl_slist *longer = curl_slist_append(handle->headers, line);
	if (!longer)
		return false;
	handle->headers = longer;
	return true;
}

static bool add_header(struct curl_handle *handle, const char *name, const char *value)
{
	char text[REQUEST_COOKIE_SIZE + 128];
	(void)snprintf(text, sizeof text, "%s: %s", name, value);
	return add_line(handle, text);
}

/* What leads the request to the server that has the mailbox, or has the subscription. */
static bool add_affinity(struct curl_handle *handle, const struct request *request)
{
	bool anchored = request->anchor && parse_is_mail_address(request->anchor);
	return (!anchored || add_header(handle, "X-AnchorMailbox", request->anchor)) &&
	       (!request->prefer_affinity ||
		       add_header(handle, "X-PreferServerAffinity", "true")) &&
	       (!request->cookie || !request->cookie[0] ||
		       add_header(handle, "Cookie", request->cookie));
}

static bool make_headers(struct curl_handle *handle, const struct request *request)
{
	char id[UUID_SIZE];
	curl_slist_free_all(handle->headers);
	handle->headers = NULL;
	if (!add_header(handle, "Expect", ""))
		return false;
	if (!request)
		return add_header(handle, "Accept", "application/json");
	uuid_write(id);
	const char *media =
		request->media_type ? request->media_type : "text/xml; charset=utf-8";
	return add_header(handle, "client-request-id", id) &&
	       add_header(handle, "return-client-request-id", "true") &&
	       (request->get || add_header(handle, "Content-Type", media)) &&
	       (!request->accept || add_header(handle, "Accept", request->accept)) &&
	       (!request->header || add_line(handle, request->header)) &&
	       add_affinity(handle, request);
}

static bool set_transfer(struct curl_handle *handle)
{
	CURL *easy = handle->easy;
	/* What is packed comes only when enough for a block is there. */
	SET(ACCEPT_ENCODING,
		handle->kind == CURL_HANDLE_STREAM ? "identity" : "gzip, deflate");
	SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(USERAGENT, "calpresence/" GATEWAY_VERSION);
	SET(NOSIGNAL, 1L);
	SET(CONNECTTIMEOUT, (long)TRANSPORT_CONNECT_S);
	SET(TCP_KEEPALIVE, 1L);
	SET(BUFFERSIZE, RECEIVE_SIZE);
	SET(WRITEFUNCTION, take_body);
	SET(WRITEDATA, handle);
	SET(HEADERFUNCTION, take_header);
	SET(HEADERDATA, handle);
	SET(ERRORBUFFER, handle->error);
	SET(PRIVATE, handle);
	return true;
}

static size_t body_max(enum curl_handle_kind kind)
{
	switch (kind) {
	case CURL_HANDLE_REQUEST:
		return GATEWAY_BODY_MAX;
	case CURL_HANDLE_FORM:
		return FORM_BODY_MAX;
	case CURL_HANDLE_STREAM:
		return STREAM_BODY_MAX;
	}
	return 0;
}

struct curl_handle *curl_handle_create(const struct curl_handle_settings *settings,
	unsigned slot, enum curl_handle_kind kind)
{
	struct curl_handle *handle = calloc(1, sizeof *handle);
	if (!handle)
		return NULL;
	handle->slot = slot;
	handle->kind = kind;
	handle->auth = settings->auth;
	handle->timeout_s = settings->timeout_s;
	buf_init(&handle->request, REQUEST_MAX);
	buf_init(&handle->response, body_max(kind));
	handle->request.wipes = kind == CURL_HANDLE_FORM; // a secret
	handle->response.wipes = true; // what people wrote may come along
	handle->easy = curl_easy_init();
	if (!handle->easy || !set_security(handle->easy, settings) ||
		!set_transfer(handle) ||
		(is_handshake(handle->auth) && kind != CURL_HANDLE_FORM &&
			!watch_handshake(handle))) {
		curl_handle_destroy(handle);
		return NULL;
	}
	return handle;
}

void curl_handle_destroy(struct curl_handle *handle)
{
	if (!handle)
		return;
	curl_easy_cleanup(handle->easy);
	free(handle->url);
	curl_slist_free_all(handle->headers);
	buf_finish(&handle->request);
	buf_finish(&handle->response);
	free(handle);
}

static bool set_body(struct curl_handle *handle, bool get)
{
	CURL *easy = handle->easy;
	if (get) {
		SET(HTTPGET, 1L);
		return true;
	}
	SET(POST, 1L);
	SET(POSTFIELDS, buf_text(&handle->request));
	SET(POSTFIELDSIZE_LARGE, (curl_off_t)handle->request.len);
	return true;
}

static bool prepare(
	struct curl_handle *handle, const char *bearer, const struct request *request)
{
	CURL *easy = handle->easy;
	if (!make_headers(handle, request) || !set_body(handle, request && request->get))
		return false;
	SET(HTTPHEADER, handle->headers);
	SET(XOAUTH2_BEARER, bearer);
	SET(FRESH_CONNECT, (long)handle->fresh);
	SET(FORBID_REUSE, 0L);
	SET(TIMEOUT, request && request->timeout_s > 0 ? (long)request->timeout_s
						       : handle->timeout_s);
	return true;
}

int curl_handle_prepare(
	struct curl_handle *handle, const char *bearer, const struct request *request)
{
	if (handle->request.failed || !prepare(handle, bearer, request))
		return -1;
	buf_reset(&handle->response);
	handle->error[0] = '\0';
	handle->handshake_done = false;
	handle->fresh = false;
	handle->paused = false;
	return 0;
}

static const char *header(struct curl_handle *handle, const char *name)
{
	struct curl_header *found;
	if (curl_easy_header(handle->easy, name, 0, CURLH_HEADER, -1, &found) !=
		CURLHE_OK)
		return NULL;
	return found->value;
}

static bool was_connected(struct curl_handle *handle)
{
	curl_off_t us = 0;
	(void)curl_easy_getinfo(handle->easy, CURLINFO_PRETRANSFER_TIME_T, &us);
	return us > 0;
}

/* The status of a proxy's answer to CONNECT; 0: none. */
static long proxy_status(struct curl_handle *handle)
{
	long status = 0;
	(void)curl_easy_getinfo(handle->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status;
}

/* The proxy's own certificate, where it is spoken to by https. */
static bool is_of_proxy(struct curl_handle *handle)
{
	long verified = 0;
	(void)curl_easy_getinfo(handle->easy, CURLINFO_PROXY_SSL_VERIFYRESULT, &verified);
	return verified != 0;
}

/* What the other side says of our certificate comes as an alert of TLS (RFC 8446 section
 * 6.2), which libcurl has only as a text. */
static bool is_about_ours(const char *error)
{
	const char *alert = strstr(error, "alert ");
	return alert && (strstr(alert, "certificate") || strstr(alert, "unknown ca"));
}

static enum transfer_result result_of(struct curl_handle *handle, CURLcode code)
{
	if (code == CURLE_OK)
		return TRANSFER_ANSWERED;
	if (handle->response.failed)
		return TRANSFER_TOO_BIG;
	if (code == CURLE_PROXY || proxy_status(handle) >= 300)
		return TRANSFER_PROXY;
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
		code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_ISSUER_ERROR ||
		code == CURLE_SSL_INVALIDCERTSTATUS)
		return is_of_proxy(handle) ? TRANSFER_PROXY : TRANSFER_TLS;
	if (is_about_ours(handle->error))
		return TRANSFER_OURS;
	if (!was_connected(handle))
		return TRANSFER_UNREACHABLE;
	return code == CURLE_OPERATION_TIMEDOUT ? TRANSFER_TIMEOUT : TRANSFER_CUT;
}

/* NTLM and Negotiate log the connection on, and some servers forget that. */
static bool was_forgotten(struct curl_handle *handle, long status)
{
	long connects = 0;
	(void)curl_easy_getinfo(handle->easy, CURLINFO_NUM_CONNECTS, &connects);
	return status == 401 && connects == 0 && is_handshake(handle->auth) &&
	       !handle->handshake_done;
}

const char *curl_handle_challenge(struct curl_handle *handle)
{
	struct curl_header *found;
	for (size_t i = 0; curl_easy_header(handle->easy, "WWW-Authenticate", i,
				   CURLH_HEADER, -1, &found) == CURLHE_OK;
		i++)
		if (strstr(found->value, "insufficient_claims"))
			return found->value;
	return "";
}

int64_t curl_handle_date(struct curl_handle *handle)
{
	const char *date = header(handle, "Date");
	time_t seconds = date ? curl_getdate(date, NULL) : -1;
	return seconds > 0 ? (int64_t)seconds : 0;
}

/* A 401 of Exchange names the server that made it, or offers what a web site seldom does
 * (MS-OXDISCO section 2.2.2 leaves the methods to HTTP). */
static bool asks_as_exchange(struct curl_handle *handle)
{
	static const char *const methods[] = {"Negotiate", "NTLM", "Bearer"};
	struct curl_header *found;
	if (header(handle, "X-FEServer"))
		return true;
	for (size_t i = 0; curl_easy_header(handle->easy, "WWW-Authenticate", i,
				   CURLH_HEADER, -1, &found) == CURLHE_OK;
		i++)
		for (size_t j = 0; j < sizeof methods / sizeof *methods; j++)
			if (strncasecmp(found->value, methods[j], strlen(methods[j])) ==
				0)
				return true;
	return false;
}

struct transfer curl_handle_transfer(
	struct curl_handle *handle, CURLcode code, int64_t now)
{
	struct transfer transfer = {.result = result_of(handle, code),
		.retry_after_ms = -1,
		.auth = handle->auth,
		.handshake_done = handle->handshake_done};
	(void)curl_easy_getinfo(handle->easy, CURLINFO_RESPONSE_CODE, &transfer.status);
	transfer.forgotten = was_forgotten(handle, transfer.status);
	handle->fresh = transfer.forgotten;
	if (transfer.result == TRANSFER_PROXY)
		transfer.status = proxy_status(handle);
	const char *type = header(handle, "Content-Type");
	transfer.exchange = transfer.status == 401 && asks_as_exchange(handle);
	transfer.html = type && strncasecmp(type, "text/html", 9) == 0;
	if (type)
		(void)snprintf(
			transfer.media_type, sizeof transfer.media_type, "%s", type);
	transfer.challenged = curl_handle_challenge(handle)[0] != '\0';
	const char *retry_after = header(handle, "Retry-After");
	int64_t date = curl_handle_date(handle);
	if (retry_after)
		transfer.retry_after_ms =
			outcome_retry_after_ms(retry_after, date > 0 ? date : now);
	const char *diagnostics = header(handle, "x-ms-diagnostics");
	if (diagnostics)
		(void)snprintf(transfer.diagnostics, sizeof transfer.diagnostics, "%s",
			diagnostics);
	/* CURLINFO_REDIRECT_URL has the password in it where the header has no host. */
	const char *location = header(handle, "Location");
	if (location && !location_resolve(handle->url, location, sizeof transfer.location,
				transfer.location))
		transfer.location[0] = '\0';
	if (code != CURLE_OK || handle->error[0] != '\0')
		(void)snprintf(transfer.detail, sizeof transfer.detail, "%s",
			handle->error[0] != '\0' ? handle->error
						 : curl_easy_strerror(code));
	return transfer;
}

/* Whether a Set-Cookie sets one of this name, which ends in "=". */
static bool take_cookie(struct curl_handle *handle, const char *text, const char *name)
{
	size_t n = strcspn(text, "; \t");
	if (strncmp(text, name, strlen(name)) != 0 || n == strlen(name) ||
		n >= sizeof handle->cookie)
		return false;
	memcpy(handle->cookie, text, n);
	handle->cookie[n] = '\0';
	return true;
}

/* How the server with the subscriptions is called since Exchange 2013; before, a load
 * balancer leads back to it by the other (docs: how-to-maintain-affinity; the developers'
 * blog of 2011-07-20 on affinity). */
const char *curl_handle_cookie(struct curl_handle *handle)
{
	static const char *const names[] = {
		"X-BackEndOverrideCookie=", "exchangecookie="};
	struct curl_header *found;
	handle->cookie[0] = '\0';
	for (size_t name = 0; name < sizeof names / sizeof *names; name++) {
		for (size_t i = 0; curl_easy_header(handle->easy, "Set-Cookie", i,
					   CURLH_HEADER, -1, &found) == CURLHE_OK;
			i++)
			if (take_cookie(handle, found->value, names[name]))
				return handle->cookie;
	}
	return handle->cookie;
}

void curl_handle_empty(struct curl_handle *handle)
{
	buf_reset(&handle->response);
	if (handle->response.cap > RESPONSE_KEPT)
		buf_finish(&handle->response);
}
