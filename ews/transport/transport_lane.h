#ifndef EWS_TRANSPORT_TRANSPORT_LANE_H
#define EWS_TRANSPORT_TRANSPORT_LANE_H

#include "base/buf.h"
#include "ews/errand/errand.h"
#include "ews/errand/verdict.h"
#include "ews/gateway/gateway_settings.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

/* What all slots of the transport have in common. */
struct lane_settings {
	struct gateway_settings gateway;
	enum transfer_log_on log_on;
	long timeout_s;
};

enum lane_kind {
	LANE_REQUEST,
	LANE_FORM,   // for the issuer of tokens, not for Exchange
	LANE_STREAM, // its answer is taken as it comes
};

/* One slot of the transport: an easy handle with its settings made once, used for one
 * request after the other. */
struct lane {
	unsigned slot;
	enum lane_kind kind;
	bool busy;
	bool paused; // a stream of which enough waits
	enum transfer_log_on log_on;
	long timeout_s;                  // where the errand names none
	CURL *easy;                      // owned
	char *url;                       // owned; where the request goes
	struct curl_slist *headers;      // owned; of this request
	char cookie[ERRAND_COOKIE_SIZE]; // of the answer: lane_cookie()
	bool aimed;                      // the two below are so in the handle
	bool plain;                      // by http on this machine, thus without a proxy
	bool anonymous;                  // without credentials
	bool handshake_done;             // of this request
	bool fresh;                      // the next one wants a connection of its own
	struct buf request;
	struct buf response;
	char error[CURL_ERROR_SIZE];
};

/* Copies. -1 when out of memory; to be finished in any case. */
int lane_settings_init(struct lane_settings *settings,
	const struct gateway_configure *configure) __attribute__((warn_unused_result));
void lane_settings_finish(struct lane_settings *settings);

/* The ways to log on that gateway_configure.auth names; false: it names none. */
bool lane_log_on_parse(const char *text, enum transfer_log_on *out_log_on);
/* transport_security.c: whom to trust. False when out of memory, or where this libcurl
 * cannot do what is asked. */
bool lane_set_security(CURL *easy, const struct lane_settings *settings)
	__attribute__((warn_unused_result));
/* Where the next request goes, and whether it tells who we are (the issuer of tokens
 * learns it from the form alone). */
bool lane_aim(struct lane *lane, const struct lane_settings *settings, const char *url,
	bool anonymous) __attribute__((warn_unused_result));

/* transport_watch.c: lets the lane learn how far a log-on by handshake got. False when
 * out of memory. */
bool lane_watch(struct lane *lane) __attribute__((warn_unused_result));

/* NULL when out of memory. */
struct lane *lane_create(
	const struct lane_settings *settings, unsigned slot, enum lane_kind kind);
void lane_destroy(struct lane *lane); // accepts NULL

/* Makes the handle ready to send what is in `request`: with a token (NULL: none), and
 * with the headers of an errand (NULL: of a form). -1 when out of memory. */
int lane_prepare(struct lane *lane, const char *bearer, const struct errand *errand)
	__attribute__((warn_unused_result));
/* Whether what comes on a stream is worth taking before its end: the status is 200. */
bool lane_flows(struct lane *lane);
/* What waited has been taken. */
void lane_go_on(struct lane *lane);
/* How a request ended. */
struct transfer lane_transfer(struct lane *lane, CURLcode code, int64_t now);
int64_t lane_date(struct lane *lane);
/* The cookie that leads back to the server that answered, "name=value"; "" none. Lives
 * until the next request. */
const char *lane_cookie(struct lane *lane);
/* Forgets the answer; gives the memory of a large one back. */
void lane_empty(struct lane *lane);

#endif
