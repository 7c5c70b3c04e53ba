#include "exchange/bearer.h"

#include <stdio.h>
#include <string.h>

#define OPEN "<t:SmtpAddress>"
#define CLOSE "</t:SmtpAddress>"

static const char *header(const struct visit *visit, const char *name)
{
	const char *value =
		MHD_lookup_connection_value(visit->connection, MHD_HEADER_KIND, name);

	return value != NULL ? value : "";
}

bool bearer_is_there(const struct visit *visit)
{
	return strncmp(header(visit, "Authorization"), "Bearer ", 7) == 0;
}

bool bearer_is_right(const struct visit *visit)
{
	const char *token = visit->sim->token;

	return token != NULL && *token != '\0' &&
	       strcmp(header(visit, "Authorization") + 7, token) == 0;
}

/* The address in ExchangeImpersonation; false: there is none. */
static bool find_name(const struct visit *visit, char *out_name, size_t size)
{
	const char *start = strstr(buf_text(&visit->body), OPEN);
	const char *end = start != NULL ? strstr(start, CLOSE) : NULL;

	if (end == NULL)
		return false;
	start += strlen(OPEN);
	(void)snprintf(out_name, size, "%.*s", (int)(end - start), start);
	return true;
}

void bearer_check_name(struct visit *visit)
{
	const struct calendar_mailbox *mailbox;
	char name[256];

	if (!visit->sim->token_speaks_for || !visit->has_token)
		return;
	if (!find_name(visit, name, sizeof name)) {
		(void)soap_refuse(&visit->refusal, "ErrorImpersonateUserDenied", 0,
			"The account does not have permission to impersonate the "
			"requested user.");
		return;
	}
	mailbox = calendar_find(&visit->sim->calendar, name);
	if (mailbox == NULL || strcmp(header(visit, "X-AnchorMailbox"), name) != 0)
		(void)soap_refuse(&visit->refusal, "ErrorNonExistentMailbox", 0,
			"The SMTP address has no mailbox associated with it.");
	else if (mailbox->error != NULL &&
		 strncmp(mailbox->error, "ErrorImpersonat", 15) == 0)
		(void)soap_refuse(&visit->refusal, mailbox->error, 0,
			"The account does not have permission to impersonate the "
			"requested user.");
}
