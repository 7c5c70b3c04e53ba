#define _GNU_SOURCE /* memmem */
#include "gateway/http/curl_handle.h"

#include <stdio.h>
#include <string.h>

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

bool curl_handle_watch(struct curl_handle *handle)
{
	return curl_easy_setopt(handle->easy, CURLOPT_DEBUGFUNCTION, on_trace) ==
		       CURLE_OK &&
	       curl_easy_setopt(handle->easy, CURLOPT_DEBUGDATA, handle) == CURLE_OK &&
	       curl_easy_setopt(handle->easy, CURLOPT_VERBOSE, 1L) == CURLE_OK;
}
