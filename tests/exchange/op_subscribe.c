#include "exchange/changes.h"
#include "exchange/response.h"
#include "exchange/streaming.h"
#include "exchange/streams.h"
#include "exchange/walk.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What Subscribe or Unsubscribe asks for. */
struct asked {
	unsigned events;
	bool is_delegate;          // of a folder in another mailbox,
	char of[ROLL_MAX_ADDRESS]; // which this is
	char id[STREAMING_ID];
};

static struct asked *keep(struct visit *visit)
{
	visit->asked = calloc(1, sizeof(struct asked));
	return visit->asked;
}

static bool read_folders(const xmlNode *folders, struct asked *asked)
{
	struct walk walk = walk_into(folders);
	const xmlNode *folder = walk_take(&walk, SOAP_TYPES, "DistinguishedFolderId");

	if (folder == NULL)
		folder = walk_take(&walk, SOAP_TYPES, "FolderId");
	if (folder == NULL)
		return false;
	walk = walk_into(folder);
	folder = walk_take(&walk, SOAP_TYPES, "Mailbox");
	asked->is_delegate = folder != NULL;
	if (folder == NULL)
		return true;
	walk = walk_into(folder);
	return walk_take_text(&walk, "EmailAddress", asked->of, sizeof asked->of);
}

static bool read_events(const xmlNode *types, struct asked *asked)
{
	struct walk walk = walk_into(types);
	enum change change;
	char name[64];

	while (walk_take_text(&walk, "EventType", name, sizeof name)) {
		if (!changes_parse(name, &change))
			return false;
		asked->events |= 1u << change;
	}
	return walk.next == NULL && asked->events != 0;
}

static bool read_subscribe(
	struct visit *visit, const xmlNode *element, struct soap_fault *out_fault)
{
	struct asked *asked = keep(visit);
	struct walk walk = walk_into(element);
	const xmlNode *streaming =
		walk_take(&walk, SOAP_MESSAGES, "StreamingSubscriptionRequest");
	const xmlNode *folders;
	const xmlNode *types;

	if (asked == NULL)
		return soap_refuse(
			out_fault, "ErrorInternalServerError", 0, "No memory.");
	if (streaming == NULL)
		return soap_refuse(out_fault, "ErrorInvalidRequest", 0,
			"This simulator streams and does not push or let pull.");
	walk = walk_into(streaming);
	folders = walk_take(&walk, SOAP_TYPES, "FolderIds");
	types = walk_take(&walk, SOAP_TYPES, "EventTypes");
	if (types == NULL || (folders != NULL && !read_folders(folders, asked)) ||
		!read_events(types, asked))
		return soap_misplaced(out_fault, streaming, walk.next);
	if (visit->sim->is_unfriendly && asked->is_delegate)
		return roll_add(&visit->roll, asked->of);
	if (!visit->envelope.has_name)
		return soap_refuse(out_fault, "ErrorNonExistentMailbox", 0,
			"The account does not have a mailbox associated with it.");
	return true;
}

static const char *code_of(
	const struct visit *visit, const struct calendar_mailbox *mailbox)
{
	const struct streaming *streaming = &visit->sim->streaming;
	const struct asked *asked = visit->asked;

	if (mailbox == NULL)
		return "ErrorCannotFindUser";
	if (mailbox->error != NULL)
		return mailbox->error;
	if (asked->is_delegate && !visit->sim->is_unfriendly)
		return "ErrorSubscriptionDelegateAccessNotSupported";
	if (visit->affinity[0] != '\0' &&
		!streaming_is_current(streaming, visit->affinity))
		return "ErrorProxiedSubscriptionCallFailure";
	if (streaming_count(streaming, mailbox) >= streaming->rules.subscriptions)
		return "ErrorExceededSubscriptionCount";
	return "NoError";
}

/* It lives on the server to which the cookie leads, or else on that of the anchor, which
 * then gets the cookie. */
static struct subscription *subscribe(
	struct visit *visit, struct calendar_mailbox *mailbox)
{
	struct streaming *streaming = &visit->sim->streaming;
	const struct calendar_mailbox *anchor = calendar_find(
		&visit->sim->calendar, visit_header(visit, "X-AnchorMailbox"));
	bool prefers =
		strcasecmp(visit_header(visit, "X-PreferServerAffinity"), "true") == 0;
	struct subscription *made = streaming_make(streaming);

	if (made == NULL)
		return NULL;
	(void)memcpy(made->account, visit->account, sizeof made->account);
	(void)snprintf(made->owner, sizeof made->owner, "%.*s",
		(int)sizeof made->owner - 1,
		visit->envelope.has_name ? visit->envelope.name : "");
	made->idle_ms = clock_mono_ms();
	made->mailbox = mailbox;
	made->events = ((const struct asked *)visit->asked)->events;
	if (visit->affinity[0] != '\0') {
		(void)memcpy(made->server, visit->affinity, sizeof made->server);
	} else {
		streaming_server(
			streaming, anchor != NULL ? anchor : mailbox, made->server);
		if (prefers)
			(void)memcpy(visit->cookie, made->server, sizeof visit->cookie);
	}
	visit->sim->stats.subscriptions++;
	return made;
}

static void put_subscribe(struct visit *visit, const struct twist *twist, struct buf *out)
{
	struct calendar_mailbox *mailbox = visit->roll.entries[0].mailbox;
	const struct subscription *made = NULL;
	const char *code;

	visit->sim->stats.subscriptions -=
		streaming_expire(&visit->sim->streaming, clock_mono_ms());
	code = code_of(visit, mailbox);
	if (strcmp(code, "NoError") == 0) {
		made = subscribe(visit, mailbox);
		if (made == NULL)
			code = "ErrorInternalServerError";
	}
	response_open(out, "Subscribe", code, twist);
	if (made != NULL)
		buf_printf(out, "<m:SubscriptionId>%s</m:SubscriptionId>", made->id);
	response_close(out, "Subscribe");
}

static bool read_unsubscribe(
	struct visit *visit, const xmlNode *element, struct soap_fault *out_fault)
{
	struct asked *asked = keep(visit);
	struct walk walk = walk_into(element);
	const xmlNode *id = walk_take(&walk, SOAP_MESSAGES, "SubscriptionId");

	if (asked == NULL)
		return soap_refuse(
			out_fault, "ErrorInternalServerError", 0, "No memory.");
	return (id != NULL && walk.next == NULL &&
		       walk_text(id, asked->id, sizeof asked->id)) ||
	       soap_misplaced(out_fault, element, walk.next);
}

static void put_unsubscribe(
	struct visit *visit, const struct twist *twist, struct buf *out)
{
	struct streaming *streaming = &visit->sim->streaming;
	struct subscription *found;
	const char *code;

	visit->sim->stats.subscriptions -= streaming_expire(streaming, clock_mono_ms());
	found = streaming_find(streaming, ((const struct asked *)visit->asked)->id);
	code = found == NULL ? "ErrorSubscriptionNotFound"
	       : strcmp(found->account, visit->account) != 0
		       ? "ErrorSubscriptionAccessDenied"
		       : "NoError";

	if (strcmp(code, "NoError") == 0) {
		streams_fail(visit->sim, found, "ErrorSubscriptionUnsubscribed");
		streaming_forget(streaming, found);
	}
	response_open(out, "Unsubscribe", code, twist);
	response_close(out, "Unsubscribe");
}

const struct operation op_subscribe = {
	.name = "Subscribe",
	.element = "Subscribe",
	.read = read_subscribe,
	.put = put_subscribe,
};

const struct operation op_unsubscribe = {
	.name = "Unsubscribe",
	.element = "Unsubscribe",
	.read = read_unsubscribe,
	.put = put_unsubscribe,
};
