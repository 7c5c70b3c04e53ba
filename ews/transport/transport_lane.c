#include "ews/transport/transport_lane.h"

#include "base/parse.h"
#include "ews/limits.h"
#include "ews/log_on/latin1.h"
#include "ews/log_on/uuid.h"
#include "ews/transport/location.h"
#include "ews/transport/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REQUEST_MAX (1024 * 1024) // 100 addresses, each character escaped
#define FORM_BODY_MAX (64 * 1024)
#define STREAM_BODY_MAX (1024 * 1024) // that is no stream
#define STREAM_WAITING (256 * 1024)   // then Exchange is not listened to
#define RESPONSE_KEPT (256 * 1024)
#define RECEIVE_SIZE (100L * 1024)

int lane_settings_init(
	struct lane_settings *settings, const struct gateway_configure *configure)
{
	*settings = (struct lane_settings){
		.timeout_s = (long)ews_within(configure->timeout_s, 1, EWS_TIMEOUT_MAX_S),
	};
	if (gateway_settings_init(&settings->gateway, configure))
		return -1;
	if (!lane_log_on_parse(configure->auth, &settings->log_on))
		return -1;
	if (settings->log_on == LOG_ON_NTLM)
		latin1_put(settings->gateway.password.bytes);
	return 0;
}

void lane_settings_finish(struct lane_settings *settings)
{
	gateway_settings_finish(&settings->gateway);
}

bool lane_flows(struct lane *lane)
{
	long status = 0;
	(void)curl_easy_getinfo(lane->easy, CURLINFO_RESPONSE_CODE, &status);
	return lane->kind == LANE_STREAM && status == 200;
}

void lane_go_on(struct lane *lane)
{
	bool paused = lane->paused;
	lane->paused = false; // before what was held back comes and may pause it again
	if (paused)
		(void)curl_easy_pause(lane->easy, CURLPAUSE_CONT);
}

static size_t take_body(char *bytes, size_t size, size_t n, void *context)
{
	struct lane *lane = context;
	lane->paused = lane->response.len > STREAM_WAITING && lane_flows(lane);
	if (lane->paused)
		return CURL_WRITEFUNC_PAUSE;
	buf_add(&lane->response, bytes, size * n);
	return lane->response.failed ? 0 : size * n; // less than n ends the transfer
}

static bool add_header(struct lane *lane, const char *name, const char *value)
{
	char text[ERRAND_COOKIE_SIZE + 128];
	(void)snprintf(text, sizeof text, "%s: %s", name, value);
	struct curl_slist *longer = curl_slist_append(lane->headers, text);
	if (!longer)
		return false;
	lane->headers = longer;
	return true;
}

/* What leads the request to the server that has the mailbox, or has the subscription. */
static bool add_affinity(struct lane *lane, const struct errand *errand)
{
	bool anchored = errand->anchor && parse_is_mail_address(errand->anchor);
	return (!anchored || add_header(lane, "X-AnchorMailbox", errand->anchor)) &&
	       (!errand->prefer_affinity ||
		       add_header(lane, "X-PreferServerAffinity", "true")) &&
	       (!errand->cookie || !errand->cookie[0] ||
		       add_header(lane, "Cookie", errand->cookie));
}

static bool add_soap_action(struct lane *lane, const char *action)
{
	char quoted[256];
	(void)snprintf(quoted, sizeof quoted, "\"%s\"", action);
	return add_header(lane, "SOAPAction", quoted);
}

static bool make_headers(struct lane *lane, const struct errand *errand)
{
	char id[UUID_SIZE];
	curl_slist_free_all(lane->headers);
	lane->headers = NULL;
	if (!add_header(lane, "Expect", ""))
		return false;
	if (!errand)
		return add_header(lane, "Accept", "application/json");
	uuid_write(id);
	const char *media =
		errand->media_type ? errand->media_type : "text/xml; charset=utf-8";
	return add_header(lane, "client-request-id", id) &&
	       add_header(lane, "return-client-request-id", "true") &&
	       (errand->get || add_header(lane, "Content-Type", media)) &&
	       (!errand->action || add_soap_action(lane, errand->action)) &&
	       add_affinity(lane, errand);
}

/* An option that this libcurl does not take would be a request other than the one meant.
 */
#define SET(option, value)                                                 \
	if (curl_easy_setopt(easy, CURLOPT_##option, (value)) != CURLE_OK) \
	return false

static bool set_transfer(struct lane *lane)
{
	CURL *easy = lane->easy;
	/* What is packed comes when enough for a block is there, all that this libcurl
	 * can unpack is welcome otherwise. */
	SET(ACCEPT_ENCODING, lane->kind == LANE_STREAM ? "identity" : "");
	SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(USERAGENT, "calpresence/" EWS_VERSION);
	SET(NOSIGNAL, 1L);
	SET(CONNECTTIMEOUT, (long)TRANSPORT_CONNECT_S);
	SET(TCP_KEEPALIVE, 1L);
	SET(BUFFERSIZE, RECEIVE_SIZE);
	SET(WRITEFUNCTION, take_body);
	SET(WRITEDATA, lane);
	SET(ERRORBUFFER, lane->error);
	SET(PRIVATE, lane);
	return true;
}

static bool is_handshake(enum transfer_log_on log_on)
{
	return log_on == LOG_ON_NTLM || log_on == LOG_ON_NEGOTIATE;
}

static size_t body_max(enum lane_kind kind)
{
	switch (kind) {
	case LANE_REQUEST:
		return EWS_BODY_MAX;
	case LANE_FORM:
		return FORM_BODY_MAX;
	case LANE_STREAM:
		return STREAM_BODY_MAX;
	}
	return 0;
}

struct lane *lane_create(
	const struct lane_settings *settings, unsigned slot, enum lane_kind kind)
{
	struct lane *lane = calloc(1, sizeof *lane);
	if (!lane)
		return NULL;
	lane->slot = slot;
	lane->kind = kind;
	lane->log_on = settings->log_on;
	lane->timeout_s = settings->timeout_s;
	buf_init(&lane->request, REQUEST_MAX);
	buf_init(&lane->response, body_max(kind));
	lane->easy = curl_easy_init();
	if (!lane->easy || !lane_set_security(lane->easy, settings) ||
		!set_transfer(lane) ||
		(is_handshake(lane->log_on) && kind != LANE_FORM && !lane_watch(lane))) {
		lane_destroy(lane);
		return NULL;
	}
	return lane;
}

void lane_destroy(struct lane *lane)
{
	if (!lane)
		return;
	curl_easy_cleanup(lane->easy);
	free(lane->url);
	curl_slist_free_all(lane->headers);
	buf_finish(&lane->request);
	buf_finish(&lane->response);
	free(lane);
}

static bool set_body(struct lane *lane, bool get)
{
	CURL *easy = lane->easy;
	if (get) {
		SET(HTTPGET, 1L);
		return true;
	}
	SET(POST, 1L);
	SET(POSTFIELDS, buf_text(&lane->request));
	SET(POSTFIELDSIZE_LARGE, (curl_off_t)lane->request.len);
	return true;
}

static bool prepare(struct lane *lane, const char *bearer, const struct errand *errand)
{
	CURL *easy = lane->easy;
	if (!make_headers(lane, errand) || !set_body(lane, errand && errand->get))
		return false;
	SET(HTTPHEADER, lane->headers);
	SET(XOAUTH2_BEARER, bearer);
	SET(FRESH_CONNECT, (long)lane->fresh);
	SET(TIMEOUT, errand && errand->timeout_s > 0 ? (long)errand->timeout_s
						     : lane->timeout_s);
	return true;
}

int lane_prepare(struct lane *lane, const char *bearer, const struct errand *errand)
{
	if (lane->request.failed || !prepare(lane, bearer, errand))
		return -1;
	buf_reset(&lane->response);
	lane->error[0] = '\0';
	lane->handshake_done = false;
	lane->fresh = false;
	lane->paused = false;
	return 0;
}

static const char *header(struct lane *lane, const char *name)
{
	struct curl_header *found;
	if (curl_easy_header(lane->easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK)
		return NULL;
	return found->value;
}

static bool was_connected(struct lane *lane)
{
	curl_off_t us = 0;
	(void)curl_easy_getinfo(lane->easy, CURLINFO_PRETRANSFER_TIME_T, &us);
	return us > 0;
}

/* The status of a proxy's answer to CONNECT; 0: none. */
static long proxy_status(struct lane *lane)
{
	long status = 0;
	(void)curl_easy_getinfo(lane->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status;
}

/* The proxy's own certificate, where it is spoken to by https. */
static bool is_of_proxy(struct lane *lane)
{
	long verified = 0;
	(void)curl_easy_getinfo(lane->easy, CURLINFO_PROXY_SSL_VERIFYRESULT, &verified);
	return verified != 0;
}

/* What the other side says of our certificate comes as an alert of TLS (RFC 8446 section
 * 6.2), which libcurl has only as a text. */
static bool is_about_ours(const char *error)
{
	const char *alert = strstr(error, "alert ");
	return alert && (strstr(alert, "certificate") || strstr(alert, "unknown ca"));
}

static enum transfer_result result_of(struct lane *lane, CURLcode code)
{
	if (code == CURLE_OK)
		return TRANSFER_ANSWERED;
	if (lane->response.failed)
		return TRANSFER_TOO_BIG;
	if (code == CURLE_PROXY || proxy_status(lane) >= 300)
		return TRANSFER_PROXY;
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
		code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_ISSUER_ERROR ||
		code == CURLE_SSL_INVALIDCERTSTATUS)
		return is_of_proxy(lane) ? TRANSFER_PROXY : TRANSFER_TLS;
	if (is_about_ours(lane->error))
		return TRANSFER_OURS;
	if (!was_connected(lane))
		return TRANSFER_UNREACHABLE;
	return code == CURLE_OPERATION_TIMEDOUT ? TRANSFER_TIMEOUT : TRANSFER_CUT;
}

/* NTLM and Negotiate log the connection on, and some servers forget that. */
static bool was_forgotten(struct lane *lane, long status)
{
	long connects = 0;
	(void)curl_easy_getinfo(lane->easy, CURLINFO_NUM_CONNECTS, &connects);
	return status == 401 && connects == 0 && is_handshake(lane->log_on) &&
	       !lane->handshake_done;
}

struct transfer lane_transfer(struct lane *lane, CURLcode code, int64_t now)
{
	struct transfer transfer = {.result = result_of(lane, code),
		.retry_after_ms = -1,
		.log_on = lane->log_on,
		.handshake_done = lane->handshake_done};
	(void)curl_easy_getinfo(lane->easy, CURLINFO_RESPONSE_CODE, &transfer.status);
	transfer.forgotten = was_forgotten(lane, transfer.status);
	lane->fresh = transfer.forgotten;
	if (transfer.result == TRANSFER_PROXY)
		transfer.status = proxy_status(lane);
	const char *type = header(lane, "Content-Type");
	transfer.html = type && strncasecmp(type, "text/html", 9) == 0;
	const char *retry_after = header(lane, "Retry-After");
	if (retry_after)
		transfer.retry_after_ms = verdict_retry_after_ms(retry_after, now);
	const char *diagnostics = header(lane, "x-ms-diagnostics");
	if (diagnostics)
		(void)snprintf(transfer.diagnostics, sizeof transfer.diagnostics, "%s",
			diagnostics);
	/* CURLINFO_REDIRECT_URL has the password in it where the header has no host. */
	const char *location = header(lane, "Location");
	if (location && !location_resolve(lane->url, location, sizeof transfer.location,
				transfer.location))
		transfer.location[0] = '\0';
	if (code != CURLE_OK || lane->error[0] != '\0')
		(void)snprintf(transfer.detail, sizeof transfer.detail, "%s",
			lane->error[0] != '\0' ? lane->error : curl_easy_strerror(code));
	return transfer;
}

int64_t lane_date(struct lane *lane)
{
	const char *date = header(lane, "Date");
	time_t seconds = date ? curl_getdate(date, NULL) : -1;
	return seconds > 0 ? (int64_t)seconds : 0;
}

/* Whether a Set-Cookie sets one of this name, which ends in "=". */
static bool take_cookie(struct lane *lane, const char *text, const char *name)
{
	size_t n = strcspn(text, "; \t");
	if (strncmp(text, name, strlen(name)) != 0 || n == strlen(name) ||
		n >= sizeof lane->cookie)
		return false;
	memcpy(lane->cookie, text, n);
	lane->cookie[n] = '\0';
	return true;
}

/* How the server with the subscriptions is called since Exchange 2013; before, a load
 * balancer leads back to it by the other (docs: how-to-maintain-affinity; the developers'
 * blog of 2011-07-20 on affinity). */
const char *lane_cookie(struct lane *lane)
{
	static const char *const names[] = {
		"X-BackEndOverrideCookie=", "exchangecookie="};
	struct curl_header *found;
	lane->cookie[0] = '\0';
	for (size_t name = 0; name < sizeof names / sizeof *names; name++) {
		for (size_t i = 0; curl_easy_header(lane->easy, "Set-Cookie", i,
					   CURLH_HEADER, -1, &found) == CURLHE_OK;
			i++)
			if (take_cookie(lane, found->value, names[name]))
				return lane->cookie;
	}
	return lane->cookie;
}

void lane_empty(struct lane *lane)
{
	buf_reset(&lane->response);
	if (lane->response.cap > RESPONSE_KEPT)
		buf_finish(&lane->response);
}
