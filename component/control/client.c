#include "component/control/control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include <curl/curl.h>

#define PATIENCE_S 5L

/* error: an errno, 0 where there is none. */
static void explain(const char *path, CURLcode code, int error, struct buf *out_body)
{
	buf_reset(out_body);
	if (error == ENOENT || error == ENOTDIR || error == ECONNREFUSED)
		buf_printf(out_body, "calpresence is not running (no answer on \"%s\")",
			path);
	else if (error == EACCES || error == EPERM)
		buf_printf(out_body,
			"no permission to talk to calpresence on \"%s\" (it takes root "
			"or a member of the socket's group)",
			path);
	else if (code == CURLE_OPERATION_TIMEDOUT)
		buf_printf(out_body, "calpresence did not answer on \"%s\" within %ld s",
			path, PATIENCE_S);
	else if (code == CURLE_PARTIAL_FILE || code == CURLE_GOT_NOTHING ||
		 code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY)
		buf_printf(out_body, "the answer on \"%s\" was cut short or is not HTTP",
			path);
	else
		buf_printf(out_body, "cannot talk to calpresence on \"%s\": %s", path,
			error ? strerror(error) : curl_easy_strerror(code));
}

static size_t take(char *bytes, size_t one, size_t n, void *body)
{
	(void)one;
	buf_add(body, bytes, n);
	return ((struct buf *)body)->failed ? 0 : n;
}

static CURL *prepare(
	const char *path, const char *method, const char *target, struct buf *out_body)
{
	CURL *curl = curl_easy_init();
	struct buf url;

	if (!curl)
		return NULL;
	buf_init(&url, CONTROL_TARGET_MAX + 64);
	buf_printf(&url, "http://localhost%s", target);
	(void)curl_easy_setopt(curl, CURLOPT_URL, buf_text(&url));
	buf_finish(&url);
	(void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, path);
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, PATIENCE_S);
	(void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1024L);
	(void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, PATIENCE_S);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, out_body);
	return curl;
}

int control_ask(const char *path, const char *method, const char *target,
	struct buf *out_body, bool *out_attention)
{
	/* An empty path would be none to libcurl, and the request go elsewhere. */
	bool is_path = path[0] != '\0' &&
		       strlen(path) < sizeof(((struct sockaddr_un *)NULL)->sun_path);
	CURL *curl = is_path ? prepare(path, method, target, out_body) : NULL;
	struct curl_header *attention;
	long status = -1;
	long error = is_path ? ENOMEM : ENAMETOOLONG;
	CURLcode code = CURLE_FAILED_INIT;

	buf_reset(out_body);
	if (curl)
		code = curl_easy_perform(curl);
	if (curl && code == CURLE_OK)
		(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	else if (curl)
		(void)curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error);
	if (code != CURLE_OK)
		explain(path, code, (int)error, out_body);
	if (out_attention)
		*out_attention = code == CURLE_OK &&
				 curl_easy_header(curl, CONTROL_ATTENTION_HEADER, 0,
					 CURLH_HEADER, -1, &attention) == CURLHE_OK;
	curl_easy_cleanup(curl);
	return (int)status;
}

void control_put_query(struct buf *buf, const char *text)
{
	char *escaped = curl_easy_escape(NULL, text, 0);

	if (escaped)
		buf_puts(buf, escaped);
	else
		buf->failed = true;
	curl_free(escaped);
}
