#ifndef GATEWAY_HTTP_CURL_HANDLE_H
#define GATEWAY_HTTP_CURL_HANDLE_H

#include "base/buf.h"
#include "base/secret.h"
#include "gateway/protocol/messages.h"
#include "gateway/request/outcome.h"
#include "gateway/request/request.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

/* What all slots of the transport have in common. */
struct curl_handle_settings {
	const struct gateway_configure *configure; // borrowed
	struct secret password;                    // as libcurl wants it
	enum auth_method auth;
	long timeout_s;
};

enum curl_handle_kind {
	CURL_HANDLE_REQUEST,
	CURL_HANDLE_FORM,   // for the issuer of tokens, not for Exchange
	CURL_HANDLE_STREAM, // its answer is taken as it comes
};

/* One slot of the transport: an easy handle with its settings made once, used for one
 * request after the other. */
struct curl_handle {
	unsigned slot;
	enum curl_handle_kind kind;
	bool busy;
	bool paused; // a stream of which enough waits
	enum auth_method auth;
	long timeout_s;                   // where the request names none
	CURL *easy;                       // owned
	char *url;                        // owned; where the request goes
	struct curl_slist *headers;       // owned; of this request
	char cookie[REQUEST_COOKIE_SIZE]; // of the answer: curl_handle_cookie()
	bool aimed;                       // the two below are so in the handle
	bool plain;                       // by http on this machine, thus without a proxy
	bool anonymous;                   // without credentials
	bool handshake_done;              // of this request
	bool fresh;                       // the next one wants a connection of its own
	struct buf request;
	struct buf response;
	char error[CURL_ERROR_SIZE];
};

/* configure outlives them. -1 when out of memory; to be finished in any case. */
int curl_handle_settings_init(struct curl_handle_settings *settings,
	const struct gateway_configure *configure) __attribute__((warn_unused_result));
void curl_handle_settings_finish(struct curl_handle_settings *settings);

/* The ways to log on that gateway_configure.auth names; false: it names none. */
bool auth_method_parse(const char *text, enum auth_method *out_auth);
/* Where the next request goes, and whether it tells who we are (the issuer of tokens
 * learns it from the form alone). */
bool curl_handle_aim(struct curl_handle *handle,
	const struct curl_handle_settings *settings, const char *url, bool anonymous)
	__attribute__((warn_unused_result));

/* NULL when out of memory. */
struct curl_handle *curl_handle_create(const struct curl_handle_settings *settings,
	unsigned slot, enum curl_handle_kind kind);
void curl_handle_destroy(struct curl_handle *handle); // accepts NULL

/* Makes the handle ready to send what is in `request`: with a token (NULL: none), and
 * with the headers of an request (NULL: of a form). -1 when out of memory. */
int curl_handle_prepare(struct curl_handle *handle, const char *bearer,
	const struct request *request) __attribute__((warn_unused_result));
/* Whether what comes on a stream is worth taking before its end: the status is 200. */
bool curl_handle_flows(struct curl_handle *handle);
/* What waited has been taken. */
void curl_handle_go_on(struct curl_handle *handle);
/* How a request ended. */
struct transfer curl_handle_transfer(
	struct curl_handle *handle, CURLcode code, int64_t now);
/* That the token lacks claims, as the server says it; "": it does not. Lives as
 * the answer. */
const char *curl_handle_challenge(struct curl_handle *handle);
int64_t curl_handle_date(struct curl_handle *handle);
/* The cookie that leads back to the server that answered, "name=value"; "" none. Lives
 * until the next request. */
const char *curl_handle_cookie(struct curl_handle *handle);
/* Forgets the answer; gives the memory of a large one back. */
void curl_handle_empty(struct curl_handle *handle);

#endif
