#ifndef EWS_TRANSPORT_LANE_H
#define EWS_TRANSPORT_LANE_H

#include "base/buf.h"
#include "ews/gateway_settings.h"
#include "ews/verdict.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

/* What all slots of the transport have in common. */
struct lane_settings {
	struct gateway_settings gateway;
	enum transfer_log_on log_on;
	long timeout_s;
};

/* One slot of the transport: an easy handle with its settings made once, used for one
 * request after the other. */
struct lane {
	unsigned slot;
	bool is_form; // for the issuer of tokens, not for Exchange
	bool busy;
	enum transfer_log_on log_on;
	char anchor[GATEWAY_ADDRESS_MAX + 1]; // X-AnchorMailbox in headers; "": none
	CURL *easy;                           // owned
	struct curl_slist *headers;           // owned
	char *request_id;    // in headers: the value of client-request-id; NULL: none
	bool handshake_done; // of this request
	bool fresh;          // the next one wants a connection of its own
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
/* transport_security.c: whom to trust and whom to tell who we are (the issuer of tokens
 * learns it from the form alone). False when out of memory, or where this libcurl cannot
 * do what is asked. */
bool lane_set_security(CURL *easy, const struct lane_settings *settings, bool is_form)
	__attribute__((warn_unused_result));

/* transport_watch.c: lets the lane learn how far a log-on by handshake got. False when
 * out of memory. */
bool lane_watch(struct lane *lane) __attribute__((warn_unused_result));

/* NULL when out of memory. */
struct lane *lane_create(
	const struct lane_settings *settings, unsigned slot, bool is_form);
void lane_destroy(struct lane *lane); // accepts NULL

/* What the next request carries: a token, and the mailbox that it is about (both copied;
 * NULL: as before). -1 when out of memory. */
int lane_sign(struct lane *lane, const char *bearer, const char *anchor)
	__attribute__((warn_unused_result));
/* Makes the handle ready to send what is in `request`. */
int lane_prepare(struct lane *lane) __attribute__((warn_unused_result));
/* How a request ended. */
struct transfer lane_transfer(struct lane *lane, CURLcode code, int64_t now);
int64_t lane_date(struct lane *lane);
/* Forgets the answer; gives the memory of a large one back. */
void lane_empty(struct lane *lane);

#endif
