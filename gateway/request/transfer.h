#ifndef GATEWAY_REQUEST_TRANSFER_H
#define GATEWAY_REQUEST_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

/* How a transfer ended below HTTP. */
enum transfer_result {
	TRANSFER_ANSWERED, // a status line came, and the whole body
	TRANSFER_TIMEOUT,
	TRANSFER_UNREACHABLE, // DNS, TCP, TLS before the certificate was judged
	TRANSFER_TLS,         // the certificate was refused
	TRANSFER_OURS,        // ours was, or there was none
	TRANSFER_CUT,         // the connection broke in mid-answer
	TRANSFER_TOO_BIG,     // over the body limit
	TRANSFER_PROXY,       // the proxy refused
};

/* By what we logged on. */
enum auth_method {
	AUTH_BASIC,
	AUTH_NTLM,
	AUTH_NEGOTIATE,
	AUTH_TOKEN,
};

/* What is known of one finished request. */
struct transfer {
	enum transfer_result result;
	long status;            // HTTP status; 0 none
	int64_t retry_after_ms; // Retry-After (seconds or HTTP date); -1 none
	enum auth_method auth;
	bool handshake_done;   // NTLM, Negotiate: we said all that there is to say
	bool forgotten;        // it had been done on this connection, to no avail
	bool html;             // Content-Type says text/html
	bool exchange;         // 401: it asks for a log-on as Exchange does
	bool challenged;       // the token lacks claims that the server wants
	char media_type[128];  // Content-Type; "" none
	char location[1028];   // where a redirect leads; "" nowhere; names no user
	char detail[256];      // libcurl's words for result != ANSWERED, or a log-on
	char diagnostics[256]; // x-ms-diagnostics; "" none
};

#endif
