#ifndef EWS_OPERATIONS_NOTIFY_H
#define EWS_OPERATIONS_NOTIFY_H

#include "base/buf.h"
#include "ews/soap/soap_read.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The messages of streaming notifications (messages.xsd Subscribe, Unsubscribe,
 * GetStreamingEvents, Exchange 2010 SP1 and later). Bytes in and bytes out.
 */
#define NOTIFY_IDS_MAX 200       // a stream; Exchange refuses more
#define NOTIFY_ID_MAX 1024       // bytes of a SubscriptionId; Exchange's have about 200
#define NOTIFY_CONNECTION_MIN 30 // minutes that a stream lasts; Exchange refuses more

/* A subscription to the calendar of the mailbox that the envelope impersonates. */
void notify_write_subscribe(struct buf *buf, const struct soap_envelope *envelope);
void notify_write_unsubscribe(
	struct buf *buf, const struct soap_envelope *envelope, const char *id);
/* The stream of 1 to NOTIFY_IDS_MAX subscriptions. */
void notify_write_stream(struct buf *buf, const struct soap_envelope *envelope,
	const char *const *ids, size_t n);

/* The answer to Subscribe or Unsubscribe. */
struct notify_answer {
	struct soap_answer soap;
	struct soap_message message; // where soap.kind is SOAP_ANSWER
	char id[NOTIFY_ID_MAX + 1];  // of the new subscription; "" none
};

/* 0, or -1 when out of memory. */
int notify_read_subscribe(const char *bytes, size_t n, struct notify_answer *out_answer)
	__attribute__((warn_unused_result));
int notify_read_unsubscribe(const char *bytes, size_t n, struct notify_answer *out_answer)
	__attribute__((warn_unused_result));

/* Ids of subscriptions in the order of the document. */
struct notify_ids {
	struct buf text; // each with its NUL
};

/* The one after this one, the first after NULL; NULL: that was the last. */
const char *notify_ids_after(const struct notify_ids *ids, const char *id);

/* One document of a stream. */
struct stream_message {
	struct soap_answer soap;
	struct soap_message message; // the first that is an error, else the last
	bool opened;                 // ConnectionStatus OK, maybe beside an error
	bool closed;                 // ConnectionStatus Closed
	bool told;                   // it has a notification, be it a StatusEvent
	struct notify_ids changed;   // something happened to what they are about
	struct notify_ids bad;       // ErrorSubscriptionIds
};

/* Reads one document of a stream. Where the schema has ErrorSubscriptionIds with ids of
 * types.xsd, Exchange writes those of messages.xsd and others write none: the local name
 * alone counts there. 0, or -1 when out of memory; to be finished in any case. */
int notify_read_stream_message(const char *bytes, size_t n,
	struct stream_message *out_news) __attribute__((warn_unused_result));
void stream_message_finish(struct stream_message *news); // accepts NULL

#endif
