#ifndef EWS_TRANSPORT_LANE_H
#define EWS_TRANSPORT_LANE_H

#include "base/buf.h"
#include "ews/gateway_settings.h"
#include "ews/verdict.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

enum lane_auth {
	LANE_BASIC,
	LANE_NTLM,
	LANE_NEGOTIATE,
	LANE_BEARER,
};

/* What all slots of the transport have in common. */
struct lane_settings {
	struct gateway_settings gateway;
	enum lane_auth auth;
	long timeout_s;
};

/* One slot of the transport: an easy handle with its settings made once, used for one
 * request after the other. */
struct lane {
	unsigned slot;
	bool busy;
	CURL *easy;                 // owned
	struct curl_slist *headers; // owned
	char *request_id;           // in headers: the value of client-request-id
	struct buf request;
	struct buf response;
	char error[CURL_ERROR_SIZE];
};

/* Copies. -1 when out of memory; to be finished in any case. */
int lane_settings_init(struct lane_settings *settings,
	const struct gateway_configure *configure) __attribute__((warn_unused_result));
void lane_settings_finish(struct lane_settings *settings);

/* The ways to log on that gateway_configure.auth names; false: it names none. */
bool lane_auth_parse(const char *text, enum lane_auth *out_auth);
/* transport_security.c: whom to trust and whom to tell who we are. False when out of
 * memory, or where this libcurl cannot do what is asked. */
bool lane_set_security(CURL *easy, const struct lane_settings *settings)
	__attribute__((warn_unused_result));

/* NULL when out of memory. */
struct lane *lane_create(const struct lane_settings *settings, unsigned slot);
void lane_destroy(struct lane *lane); // accepts NULL

/* Makes the handle ready to send what is in `request`. */
int lane_prepare(struct lane *lane) __attribute__((warn_unused_result));
/* How a request ended. */
struct transfer lane_transfer(struct lane *lane, CURLcode code, int64_t now);
int64_t lane_date(struct lane *lane);
/* Forgets the answer; gives the memory of a large one back. */
void lane_empty(struct lane *lane);

#endif
