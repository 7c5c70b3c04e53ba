#include "gateway/http/transport.h"

#include "base/secret.h"
#include "base/url.h"
#include "gateway/auth/curl_features.h"
#include "gateway/http/curl_handle.h"
#include "gateway/limits.h"

#include <assert.h>
#include <curl/curl.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct transport {
	CURLM *multi; // owned
	struct curl_handle_settings settings;
	struct curl_handle *handles[TRANSPORT_SLOTS]; // owned, made when needed
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
	enum auth_method auth;
	const char *missing = curl_features_missing(configure);
	if (!auth_method_parse(configure->auth, &auth))
		return "this way to log on is not supported";
	if (missing)
		return missing;
	if (configure->password &&
		memchr(configure->password, '\0', configure->password_len))
		return "the password has a NUL in it";
	const char *error = urls_error(configure);
	if (!error && auth == AUTH_TOKEN && url_error(configure->authority))
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
	/* Tokens, and what people wrote, are left in no memory. */
	json_set_alloc_funcs(malloc, secret_free);
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, secret_free, secret_realloc,
		    strdup, calloc))
		goto tell;
	struct transport *transport = calloc(1, sizeof *transport);
	if (!transport) {
		curl_global_cleanup();
		goto tell;
	}
	transport->multi = curl_multi_init();
	if (!transport->multi ||
		curl_handle_settings_init(&transport->settings, configure)) {
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
		struct curl_handle *handle = transport->handles[i];
		if (handle && handle->busy)
			(void)curl_multi_remove_handle(transport->multi, handle->easy);
		curl_handle_destroy(handle);
	}
	curl_handle_settings_finish(&transport->settings);
	(void)curl_multi_cleanup(transport->multi);
	free(transport);
	curl_global_cleanup();
}

static enum curl_handle_kind kind_of(unsigned slot)
{
	return slot < TRANSPORT_TOKEN    ? CURL_HANDLE_REQUEST
	       : slot == TRANSPORT_TOKEN ? CURL_HANDLE_FORM
					 : CURL_HANDLE_STREAM;
}

struct buf *transport_request(struct transport *transport, unsigned slot)
{
	assert(slot < TRANSPORT_SLOTS);
	if (!transport->handles[slot])
		transport->handles[slot] =
			curl_handle_create(&transport->settings, slot, kind_of(slot));
	if (!transport->handles[slot])
		return NULL;
	buf_reset(&transport->handles[slot]->request);
	return &transport->handles[slot]->request;
}

static int post(struct transport *transport, struct curl_handle *handle, const char *url,
	const char *bearer, const struct request *request)
{
	assert(handle && !handle->busy);
	if (!curl_handle_aim(
		    handle, &transport->settings, url, !request || request->anonymous) ||
		curl_handle_prepare(handle, bearer, request) ||
		curl_multi_add_handle(transport->multi, handle->easy))
		return -1;
	handle->busy = true;
	return 0;
}

int transport_post(struct transport *transport, unsigned slot, const char *bearer,
	const struct request *request)
{
	assert(slot != TRANSPORT_TOKEN);
	bool harmless = request->get && request->anonymous;
	if (request->url && !harmless && url_error(request->url))
		return -1;
	return post(transport, transport->handles[slot],
		request->url ? request->url : transport->settings.configure->url, bearer,
		request);
}

int transport_post_form(struct transport *transport, const char *url)
{
	return post(transport, transport->handles[TRANSPORT_TOKEN], url, NULL, NULL);
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
	struct curl_handle *handle = (struct curl_handle *)(void *)private;
	assert(handle);
	*out_answer = (struct transport_answer){.slot = handle->slot,
		.transfer = curl_handle_transfer(handle, code, now),
		.body = buf_text(&handle->response),
		.n = handle->response.len,
		.date = curl_handle_date(handle),
		.cookie = curl_handle_cookie(handle),
		.challenge = curl_handle_challenge(handle)};
	return true;
}

void transport_release(struct transport *transport, unsigned slot)
{
	struct curl_handle *handle = transport->handles[slot];
	assert(handle && handle->busy);
	handle->busy = false;
	curl_handle_empty(handle);
}

bool transport_read(
	struct transport *transport, unsigned slot, const char **out_bytes, size_t *out_n)
{
	struct curl_handle *handle = transport->handles[slot];
	if (!handle || !handle->busy || handle->response.len == 0 ||
		!curl_handle_flows(handle))
		return false;
	*out_bytes = handle->response.data;
	*out_n = handle->response.len;
	return true;
}

void transport_drop(struct transport *transport, unsigned slot)
{
	struct curl_handle *handle = transport->handles[slot];
	buf_reset(&handle->response);
	curl_handle_go_on(handle);
}

void transport_close(struct transport *transport, unsigned slot)
{
	struct curl_handle *handle = transport->handles[slot];
	if (!handle || !handle->busy)
		return;
	(void)curl_multi_remove_handle(transport->multi, handle->easy);
	transport_release(transport, slot);
}
