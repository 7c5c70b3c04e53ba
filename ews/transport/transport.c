#include "ews/transport/transport.h"

#include "base/url.h"
#include "ews/limits.h"
#include "ews/log_on/ability.h"
#include "ews/transport/transport_lane.h"

#include <assert.h>
#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct transport {
	CURLM *multi; // owned
	struct lane_settings settings;
	struct lane *lanes[TRANSPORT_SLOTS]; // owned, made when needed
};

/* What to tell people is wrong with a URL; NULL: nothing. */
static const char *url_error(const char *text)
{
	struct url url;
	if (url_parse(text, &url))
		return "the url is not one of https";
	return url.tls || url_is_loopback(url.host)
		       ? NULL
		       : "plain http is for loopback addresses only";
}

/* Likewise with those of a gateway, which may be found later. */
static const char *urls_error(const struct gateway_configure *configure)
{
	char url[GATEWAY_FIELD_MAX + 1];
	const char *error = NULL;
	const char *at = configure->url;
	if (configure->autodiscover && at[0] == '\0')
		return NULL;
	do {
		size_t n = strcspn(at, "\n");
		(void)snprintf(url, sizeof url, "%.*s", (int)n, at);
		error = url_error(url);
		at += n;
	} while (!error && *at++ == '\n');
	return error;
}

static const char *settings_error(const struct gateway_configure *configure)
{
	enum transfer_log_on log_on;
	const char *missing = ability_missing(configure);
	if (!lane_log_on_parse(configure->auth, &log_on))
		return "this way to log on is not supported";
	if (missing)
		return missing;
	if (configure->password &&
		memchr(configure->password, '\0', configure->password_len))
		return "the password has a NUL in it";
	const char *error = urls_error(configure);
	if (!error && log_on == LOG_ON_TOKEN && url_error(configure->authority))
		error = "the authority is not one of https";
	return error;
}

struct transport *transport_create(
	const struct gateway_configure *configure, char out_error[GATEWAY_TEXT_MAX])
{
	const char *error = settings_error(configure);
	if (error)
		goto tell;
	error = "out of memory";
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		goto tell;
	struct transport *transport = calloc(1, sizeof *transport);
	if (!transport) {
		curl_global_cleanup();
		goto tell;
	}
	transport->multi = curl_multi_init();
	if (!transport->multi || lane_settings_init(&transport->settings, configure)) {
		transport_destroy(transport);
		goto tell;
	}
	(void)curl_multi_setopt(
		transport->multi, CURLMOPT_MAXCONNECTS, (long)TRANSPORT_SLOTS);
	return transport;
tell:
	(void)snprintf(out_error, GATEWAY_TEXT_MAX, "%s", error);
	return NULL;
}

void transport_destroy(struct transport *transport)
{
	if (!transport)
		return;
	for (unsigned i = 0; i < TRANSPORT_SLOTS; i++) {
		struct lane *lane = transport->lanes[i];
		if (lane && lane->busy)
			(void)curl_multi_remove_handle(transport->multi, lane->easy);
		lane_destroy(lane);
	}
	lane_settings_finish(&transport->settings);
	(void)curl_multi_cleanup(transport->multi);
	free(transport);
	curl_global_cleanup();
}

static enum lane_kind kind_of(unsigned slot)
{
	return slot < TRANSPORT_TOKEN    ? LANE_REQUEST
	       : slot == TRANSPORT_TOKEN ? LANE_FORM
					 : LANE_STREAM;
}

struct buf *transport_request(struct transport *transport, unsigned slot)
{
	assert(slot < TRANSPORT_SLOTS);
	if (!transport->lanes[slot])
		transport->lanes[slot] =
			lane_create(&transport->settings, slot, kind_of(slot));
	if (!transport->lanes[slot])
		return NULL;
	buf_reset(&transport->lanes[slot]->request);
	return &transport->lanes[slot]->request;
}

static int post(struct transport *transport, struct lane *lane, const char *url,
	const char *bearer, const struct errand *errand)
{
	assert(lane && !lane->busy);
	if (!lane_aim(lane, &transport->settings, url, !errand || errand->anonymous) ||
		lane_prepare(lane, bearer, errand) ||
		curl_multi_add_handle(transport->multi, lane->easy))
		return -1;
	lane->busy = true;
	return 0;
}

int transport_post(struct transport *transport, unsigned slot, const char *bearer,
	const struct errand *errand)
{
	assert(slot != TRANSPORT_TOKEN);
	bool harmless = errand->get && errand->anonymous;
	if (errand->url && !harmless && url_error(errand->url))
		return -1;
	return post(transport, transport->lanes[slot],
		errand->url ? errand->url : transport->settings.gateway.configure.url,
		bearer, errand);
}

int transport_post_form(struct transport *transport, const char *url)
{
	return post(transport, transport->lanes[TRANSPORT_TOKEN], url, NULL, NULL);
}

short transport_wait(struct transport *transport, int fd, short events, int timeout_ms)
{
	struct curl_waitfd wait = {.fd = fd};
	wait.events = (short)((events & POLLIN ? CURL_WAIT_POLLIN : 0) |
			      (events & POLLOUT ? CURL_WAIT_POLLOUT : 0));
	(void)curl_multi_poll(transport->multi, &wait, 1, timeout_ms, NULL);
	return wait.revents;
}

void transport_turn(struct transport *transport)
{
	int running;
	(void)curl_multi_perform(transport->multi, &running);
}

bool transport_take(
	struct transport *transport, int64_t now, struct transport_answer *out_answer)
{
	int left;
	CURLMsg *message = curl_multi_info_read(transport->multi, &left);
	if (!message)
		return false;
	assert(message->msg == CURLMSG_DONE);
	CURLcode code = message->data.result;
	CURL *easy = message->easy_handle;
	(void)curl_multi_remove_handle(transport->multi, easy);
	char *private = NULL;
	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	struct lane *lane = (struct lane *)(void *)private;
	assert(lane);
	*out_answer = (struct transport_answer){.slot = lane->slot,
		.transfer = lane_transfer(lane, code, now),
		.body = buf_text(&lane->response),
		.n = lane->response.len,
		.date = lane_date(lane),
		.cookie = lane_cookie(lane)};
	return true;
}

void transport_release(struct transport *transport, unsigned slot)
{
	struct lane *lane = transport->lanes[slot];
	assert(lane && lane->busy);
	lane->busy = false;
	lane_empty(lane);
}

bool transport_read(
	struct transport *transport, unsigned slot, const char **out_bytes, size_t *out_n)
{
	struct lane *lane = transport->lanes[slot];
	if (!lane || !lane->busy || lane->response.len == 0 || !lane_flows(lane))
		return false;
	*out_bytes = lane->response.data;
	*out_n = lane->response.len;
	return true;
}

void transport_drop(struct transport *transport, unsigned slot)
{
	struct lane *lane = transport->lanes[slot];
	buf_reset(&lane->response);
	lane_go_on(lane);
}

void transport_close(struct transport *transport, unsigned slot)
{
	struct lane *lane = transport->lanes[slot];
	if (!lane || !lane->busy)
		return;
	(void)curl_multi_remove_handle(transport->multi, lane->easy);
	transport_release(transport, slot);
}
