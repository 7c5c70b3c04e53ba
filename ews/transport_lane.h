#ifndef EWS_TRANSPORT_LANE_H
#define EWS_TRANSPORT_LANE_H

#include "base/buf.h"
#include "base/secret.h"
#include "ews/gateway.h"
#include "ews/verdict.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

/* One slot of the transport: an easy handle with its settings made once, used for one
 * request after the other. */
struct lane_settings {
	char *url; // owned, as all here
	char *username;
	struct secret password;
	char *ca_file;
	char *proxy;
	char *no_proxy;
	long timeout_s;
};

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
