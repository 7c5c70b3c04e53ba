#include "exchange/impersonation.h"

#include <string.h>
#include <strings.h>

static bool deny(struct soap_fault *out_fault, const char *code)
{
	return soap_refuse(out_fault, code, 0,
		"The account does not have permission to impersonate the requested "
		"user.");
}

/* A group of subscriptions is anchored at one mailbox, everything else at its
 * own. */
static bool is_anchored(const struct visit *visit)
{
	const char *anchor = visit_header(visit, "X-AnchorMailbox");

	if (strcasecmp(visit_header(visit, "X-PreferServerAffinity"), "true") == 0)
		return calendar_find(&visit->sim->calendar, anchor) != NULL;
	return strcmp(anchor, visit->envelope.name) == 0;
}

/* Whether nothing at all can be asked for in the name of a mailbox with this error. */
static bool is_of_owner(const char *error)
{
	return strncmp(error, "ErrorImpersonat", 15) == 0 ||
	       strcmp(error, "ErrorWrongServerVersion") == 0;
}

bool impersonation_check(const struct visit *visit, struct soap_fault *out_fault)
{
	const struct sim *sim = visit->sim;
	bool has_to = sim->token_speaks_for && visit->has_token;
	const struct calendar_mailbox *mailbox;

	if (!visit->envelope.has_name)
		return !has_to || deny(out_fault, "ErrorImpersonateUserDenied");
	if (sim->denies_impersonation)
		return deny(out_fault, "ErrorImpersonateUserDenied");
	mailbox = calendar_find(&sim->calendar, visit->envelope.name);
	if (mailbox == NULL || (has_to && !is_anchored(visit)))
		return soap_refuse(out_fault, "ErrorNonExistentMailbox", 0,
			"The SMTP address has no mailbox associated with it.");
	if (mailbox->error != NULL && is_of_owner(mailbox->error))
		return deny(out_fault, mailbox->error);
	return true;
}
