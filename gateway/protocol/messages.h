#ifndef GATEWAY_PROTOCOL_MESSAGES_H
#define GATEWAY_PROTOCOL_MESSAGES_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The only thing that the main process and a gateway's worker process share: messages
 * over a stream socket pair, each a u32 length (little endian, of what follows), a u8
 * type and the fields. No pointer crosses. Both sides bound what they accept. All times
 * are UTC seconds unless the name says otherwise.
 */
#define GATEWAY_MESSAGE_MAX (256 * 1024)
#define GATEWAY_EVENTS_MAX 4096
#define GATEWAY_TEXT_MAX 512   // a text for people
#define GATEWAY_FIELD_MAX 4096 // a value of the configuration
#define GATEWAY_ADDRESS_MAX 1024

/* Years 1601 to 9999: what Exchange knows, and so far from the ends of int64_t that
 * nobody's sum overflows. */
#define GATEWAY_TIME_MIN INT64_C(-11644473600)
#define GATEWAY_TIME_MAX INT64_C(253402300800)

enum gateway_message_type {
	/* down: main process to worker */
	GATEWAY_CONFIGURE = 1, // first, and once
	GATEWAY_WATCH,         // read this mailbox from now on
	GATEWAY_UNWATCH,
	GATEWAY_BREAKER, // what others learnt of the account
	GATEWAY_PING,
	GATEWAY_STOP, // end cleanly
	/* up: worker to main process */
	GATEWAY_CALENDAR = 64, // a mailbox was read
	GATEWAY_FAILURE,       // a mailbox could not be read
	GATEWAY_OOF,           // whether a mailbox replies automatically
	GATEWAY_STATE,         // how the gateway does, on every change and each 5 s
	GATEWAY_LOG_ON,        // what the worker wants, or learnt, of its log-on
	GATEWAY_PONG,
	GATEWAY_GRACE, // how long the worker may be silent from now on
};

enum gateway_busy {
	GATEWAY_BUSY_FREE,
	GATEWAY_BUSY_TENTATIVE,
	GATEWAY_BUSY_BUSY,
	GATEWAY_BUSY_OOF,
	GATEWAY_BUSY_ELSEWHERE,
	GATEWAY_BUSY_NODATA,
};

enum gateway_event_flags {
	GATEWAY_EVENT_MEETING = 1 << 0,
	GATEWAY_EVENT_RECURRING = 1 << 1,
	GATEWAY_EVENT_PRIVATE = 1 << 2,
	GATEWAY_EVENT_ALL_DAY = 1 << 3,
	GATEWAY_EVENT_CANCELLED = 1 << 4,
	/* MyResponseType */
	GATEWAY_EVENT_DECLINED = 1 << 5,
	GATEWAY_EVENT_ORGANIZER = 1 << 6,
	GATEWAY_EVENT_ACCEPTED = 1 << 7,
	GATEWAY_EVENT_TENTATIVE = 1 << 8,
	GATEWAY_EVENT_UNANSWERED = 1 << 9,
	GATEWAY_EVENT_ENTRY = 1 << 10, // FindItem told it, so that all of the above count
};

/* Behind the flags: that an event has the word with this number in the order of the
 * keyword filter.
 */
#define GATEWAY_KEYWORDS_MAX 32
#define GATEWAY_EVENT_KEYWORD(i) (UINT64_C(1) << (16 + (i)))
#define GATEWAY_EVENT_FLAGS_MAX (GATEWAY_EVENT_KEYWORD(GATEWAY_KEYWORDS_MAX) - 1)

struct gateway_event {
	int64_t start;
	int64_t end;
	uint8_t busy;   // enum gateway_busy
	uint64_t flags; // enum gateway_event_flags and GATEWAY_EVENT_KEYWORD()
};

/* Why something failed, by what it means for the one who has to act. */
enum gateway_fault {
	GATEWAY_FAULT_NONE,
	GATEWAY_FAULT_TRANSIENT, // will be tried again by itself
	GATEWAY_FAULT_THROTTLE,  // Exchange asked us to wait
	GATEWAY_FAULT_CONNECT,   // DNS, TCP, timeout: nobody there
	GATEWAY_FAULT_TLS,       // certificate: permanent until someone acts
	GATEWAY_FAULT_AUTH,      // user name or password
	GATEWAY_FAULT_AUTHZ,     // the account lacks a right
	GATEWAY_FAULT_CONFIG,  // wrong URL, log-on page instead of SOAP, EWS switched off
	GATEWAY_FAULT_MAILBOX, // this mailbox, until the directory changes
	GATEWAY_FAULT_REQUEST, // Exchange calls our request wrong
	GATEWAY_FAULT_ANSWER,  // the answer made no sense
};

const char *gateway_fault_name(enum gateway_fault fault); // "none", "transient", ...

/* What a gateway is doing. */
enum gateway_health {
	GATEWAY_STARTING, // no answer yet
	GATEWAY_UP,       // the last request was answered
	GATEWAY_WAITING,  // backing off; `next_try` says until when
	GATEWAY_LOCKED,   // log-on refused twice; one probe every 15 minutes
	GATEWAY_DOWN,     // requests fail
};

const char *gateway_health_name(enum gateway_health health); // "starting", "up", ...

/* A gateway's settings. In a message NULL is "". */
struct gateway_configure {
	const char *name;
	const char *kind; // "ews", "graph"
	const char *url;  // several: separated by newlines, in the order of preference;
			  // "": by autodiscover
	const char *auth; // "basic", "ntlm", "negotiate", "oauth2"
	const char *username;
	const char *password; // of username; with oauth2 the client's secret
	size_t password_len;
	const char *ca_file; // "" : the system's
	const char *client_certificate;
	const char *client_key;
	const char *tls_min; // "1.2", "1.3"; "": as 1.2
	const char *proxy;
	const char *no_proxy;
	const char *proxy_username;
	const char *proxy_password;
	size_t proxy_password_len;
	/* negotiate */
	const char *keytab;
	const char *principal; // "": the first in the keytab
	const char *service_name;
	/* oauth2 */
	const char *authority; // https://login.microsoftonline.com
	const char *tenant;
	const char *client_id;
	const char *scope;
	const char *certificate_file; // "": the client's secret
	const char *key_file;
	const char *flow; // "client_credentials", "device_code"
	const char *token_file;
	const char *anchor_mailbox; // whom to impersonate; "": the first one asked for
	const char *autodiscover_hosts; // separated by commas: may be told who we are as
					// those of the mailbox's own domain may
	const char *autodiscover_url;   // the service to ask; "": those of mail domains
	const char *keyword_filter;     // to look for in entries
					// (ews/operations/find_item.h)
	bool impersonate;               // the account may, and does where it has to
	bool autodiscover;
	bool notifications;     // to subscribe to changes, which takes `impersonate`
	bool automatic_replies; // to ask for them
	uint32_t poll_interval_s;
	uint32_t timeout_s;
	uint32_t concurrency;
	uint32_t window_s; // how far ahead calendars are read
	uint32_t notification_connections;
	uint32_t notified_interval_s; // poll_interval_s of whose changes are told
	uint32_t oof_interval_s;
};

struct gateway_watch {
	uint32_t mailbox;    // chosen by the main process, never reused
	const char *address; // SMTP address, UTF-8
	int64_t last_read;  // when the main process last has a reading; 0: never, read at
			    // once
	int64_t not_before; // it is known to fail here, and not tried sooner; 0: not
			    // known
	int64_t oof_read;   // likewise, when it has heard of automatic replies
	bool items;         // by FindItem: what free/busy does not tell is wanted
};

struct gateway_calendar {
	uint32_t mailbox;
	int64_t read_at;
	int64_t from; // the window that the events cover
	int64_t to;
	uint32_t n;
	const struct gateway_event *events; // encode: the caller's; decode: see below
};

struct gateway_failure {
	uint32_t mailbox;
	int64_t at;
	int64_t next_try;
	uint8_t fault;    // enum gateway_fault
	const char *code; // response code, e.g. "ErrorMailRecipientNotFound"; may be ""
	const char *text; // for an administrator; no content of any calendar
	bool elsewhere;   // the mailbox is not here: another gateway may have it
};

/* Automatic replies (Out of Office) are on in [from, to); from == to: they are off. */
struct gateway_oof {
	uint32_t mailbox;
	int64_t at; // when Exchange said so
	int64_t from;
	int64_t to; // GATEWAY_TIME_MAX: until further notice
};

struct gateway_state {
	uint8_t health; // enum gateway_health
	uint8_t fault;  // enum gateway_fault of the last failed request
	const char *code;
	const char *text;
	int64_t since;        // when health last changed
	int64_t last_success; // 0: never
	int64_t failed_at;    // when fault, code and text were true last; 0: no fault
	int64_t next_try;     // 0: nothing holds us back
	uint32_t watched;
	uint32_t in_flight;
	uint32_t reached_interval_s; // what poll_interval is stretched to at present
	uint64_t requests;           // counters since the worker started
	uint64_t failed_requests;
	uint64_t mailboxes_read;
	uint32_t notified;           // mailboxes whose changes Exchange tells at present
	const char *server_version;  // "15.2.1118" from ServerVersionInfo; "" unknown
	const char *request_version; // what requests are written in, where it is not the
				     // newest that is of use; else ""
	const char *endpoint; // the URL in use
};

/* An account belongs to all gateways that use it, and outlives workers. */
struct gateway_breaker {
	uint32_t refusals; // of log-ons in a row; 0: one was granted
	uint32_t wait_ms;  // no log-on before
	bool leave;        // for one log-on, which was wanted
};

/* A worker whose log-on is not proven has leave for each one that it tries. */
enum gateway_log_on {
	GATEWAY_LOG_ON_WANTED,
	GATEWAY_LOG_ON_GRANTED,
	GATEWAY_LOG_ON_REFUSED,
	GATEWAY_LOG_ON_UNKNOWN, // the leave was of no use, or nobody answered
};

struct gateway_message {
	enum gateway_message_type type;
	union {
		struct gateway_configure configure;
		struct gateway_watch watch;
		uint32_t mailbox; // UNWATCH
		struct gateway_calendar calendar;
		struct gateway_failure failure;
		struct gateway_oof oof;
		struct gateway_state state;
		uint32_t grace_s; // 0: as usual
		struct gateway_breaker breaker;
		uint8_t log_on; // enum gateway_log_on
	};
};

/* Appends the message with its length. Texts for people (code, text, server_version) are
 * cut to GATEWAY_TEXT_MAX and to XML characters, times to the years 1601 to 9999; NULL is
 * "". Events beyond GATEWAY_EVENTS_MAX and an empty window are our own mistake. Failure
 * (also a value over GATEWAY_FIELD_MAX, an address over GATEWAY_ADDRESS_MAX) shows in
 * buf->failed. */
void gateway_encode(struct buf *buf, const struct gateway_message *message);

/* Holds what a decoded message points to. */
struct gateway_decoder {
	char *text; // owned scratch
	size_t text_cap;
	struct gateway_event *events; // owned scratch
	size_t events_cap;
};

void gateway_decoder_finish(struct gateway_decoder *decoder);

/* Takes one message from the front of the bytes. Returns its length in bytes with
 * out_message filled (its pointers live until the next call with this decoder), 0 if the
 * message is not whole yet, -1 if it is malformed or over the limits, or memory is out:
 * the other side then cannot be believed any more. */
long gateway_decode(struct gateway_decoder *decoder, const char *bytes, size_t n,
	struct gateway_message *out_message) __attribute__((warn_unused_result));

#endif
