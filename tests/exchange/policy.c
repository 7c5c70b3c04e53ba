#include "exchange/policy.h"

#include "exchange/arguments.h"
#include "exchange/operation.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define HOUR_MS INT64_C(3600000)

static bool read_version(const struct visit *visit, const char *name, int *out_version)
{
	const char *text = argument(visit, name);

	if (text != NULL)
		*out_version = envelope_version(text);
	return text == NULL || *out_version > 0;
}

unsigned policy_command(struct visit *visit, struct buf *out)
{
	struct policy policy = {0};

	if (!argument_optional(visit, "concurrent", 1, &policy.concurrent) ||
		!argument_optional(visit, "burst", 1, &policy.burst) ||
		!argument_optional(visit, "recharge", 1, &policy.recharge) ||
		!argument_optional(visit, "cutoff", 0, &policy.cutoff) ||
		!argument_optional(visit, "takes", 0, &policy.takes) ||
		!argument_optional(visit, "each", 0, &policy.each) ||
		!argument_optional(visit, "limit", 1, &policy.limit) ||
		!argument_optional(visit, "mailboxes", 1, &policy.mailboxes) ||
		!argument_optional(visit, "bytes", 1, &policy.bytes) ||
		!read_version(visit, "oldest", &policy.oldest) ||
		!read_version(visit, "newest", &policy.newest) ||
		(policy.burst > 0) != (policy.recharge > 0))
		return argument_wrong(out,
			"concurrent=, burst= with recharge=, cutoff=, takes=, each=, "
			"limit=, mailboxes=, bytes=, oldest= or newest= is wrong");
	/* Who is there stays there. */
	memcpy(policy.accounts, visit->sim->policy.accounts, sizeof policy.accounts);
	policy.count = visit->sim->policy.count;
	for (size_t i = 0; i < policy.count; i++) {
		policy.accounts[i].balance_us = policy.burst * 1000;
		policy.accounts[i].at_ms = clock_mono_ms();
		policy.accounts[i].until_ms = 0;
	}
	visit->sim->policy = policy;
	return 200;
}

bool policy_takes_version(
	const struct policy *policy, int version, struct soap_fault *out_fault)
{
	bool too_new = policy->newest > 0 && version > policy->newest;

	if (!too_new && version >= policy->oldest)
		return true;
	/* To Exchange 2007 a version of the future is a matter of its schema. */
	if (too_new && policy->newest < envelope_version("Exchange2010"))
		return soap_invalid(out_fault,
			"The 'Version' attribute is invalid - The value is invalid "
			"according to its datatype 'ExchangeVersionType' - The "
			"Enumeration constraint failed.");
	return soap_refuse(out_fault, "ErrorInvalidServerVersion", 0,
		"The specified server version is invalid.");
}

/* Who impersonates takes the budget of the mailbox in whose name it asks. */
static struct policy_account *account_of(struct visit *visit)
{
	struct policy *policy = &visit->sim->policy;
	const char *name =
		visit->envelope.has_name ? visit->envelope.name : visit->account;
	struct policy_account *account;

	for (size_t i = 0; i < policy->count; i++) {
		if (strcmp(policy->accounts[i].name, name) == 0)
			return policy->accounts + i;
	}
	if (policy->count == POLICY_ACCOUNTS)
		return NULL;
	account = policy->accounts + policy->count++;
	*account = (struct policy_account){
		.balance_us = policy->burst * 1000, .at_ms = clock_mono_ms()};
	(void)snprintf(account->name, sizeof account->name, "%s", name);
	return account;
}

static void recharge(
	const struct policy *policy, struct policy_account *account, int64_t now_ms)
{
	account->balance_us +=
		(now_ms - account->at_ms) * policy->recharge * 1000 / HOUR_MS;
	if (account->balance_us > policy->burst * 1000)
		account->balance_us = policy->burst * 1000;
	account->at_ms = now_ms;
}

static void count_refusal(struct stats *stats, int64_t now_ms)
{
	if (stats->throttled++ == 0)
		stats->throttled_since_ms = now_ms;
	stats->throttled_span_ms = now_ms - stats->throttled_since_ms;
}

static void check_concurrency(struct visit *visit, int64_t now_ms)
{
	const struct policy *policy = &visit->sim->policy;

	if (policy->concurrent == 0 || visit->budget->in_flight < policy->concurrent)
		return;
	count_refusal(&visit->sim->stats, now_ms);
	(void)soap_refuse(&visit->refusal, "ErrorExceededConnectionCount", 0,
		"You have exceeded the available concurrent connections for your "
		"account. Try again once your other requests have completed.");
	visit->refusal.policy = "MaxConcurrency";
	visit->refusal.limit = policy->concurrent;
}

static void check_budget(struct visit *visit, int64_t now_ms)
{
	const struct policy *policy = &visit->sim->policy;
	struct policy_account *account = visit->budget;

	if (policy->burst == 0)
		return;
	recharge(policy, account, now_ms);
	if (account->balance_us < -policy->cutoff * 1000)
		account->until_ms = now_ms + -account->balance_us * (HOUR_MS / 1000) /
						     policy->recharge;
	if (account->until_ms <= now_ms)
		return;
	count_refusal(&visit->sim->stats, now_ms);
	(void)soap_refuse(&visit->refusal, "ErrorServerBusy", 0,
		"The server cannot service this request right now. Try again later.");
	(void)snprintf(visit->backoff, sizeof visit->backoff, "%lld",
		(long long)(account->until_ms - now_ms));
	visit->refusal.backoff = visit->backoff;
}

/* Work for a mailbox is put off while its server is in bad health, whatever the account
 * has spent. */
static void check_health(struct visit *visit, int64_t now_ms)
{
	const struct calendar_mailbox *mailbox =
		visit->envelope.has_name
			? calendar_find(&visit->sim->calendar, visit->envelope.name)
			: NULL;
	const struct farm_sick *sick = farm_sick(&visit->sim->farm, mailbox);

	if (sick == NULL)
		return;
	count_refusal(&visit->sim->stats, now_ms);
	(void)soap_refuse(&visit->refusal, "ErrorServerBusy", 0,
		"The server cannot service this request right now. Try again later.");
	(void)snprintf(visit->backoff, sizeof visit->backoff, "%s", sick->backoff);
	visit->refusal.backoff = sick->backoff[0] != '\0' ? visit->backoff : NULL;
}

void policy_enter(struct visit *visit)
{
	int64_t now_ms = clock_mono_ms();

	/* A stream is no matter of these. */
	if (visit->operation == NULL || visit->operation->reply != NULL)
		return;
	visit->budget = account_of(visit);
	if (visit->budget == NULL)
		return;
	visit->entered_ms = now_ms;
	if (visit->refusal.code == NULL)
		check_health(visit, now_ms);
	if (visit->refusal.code == NULL)
		check_concurrency(visit, now_ms);
	if (visit->refusal.code == NULL)
		check_budget(visit, now_ms);
	visit->budget->in_flight++;
}

void policy_leave(struct visit *visit)
{
	int64_t now_ms = clock_mono_ms();

	if (visit->budget == NULL)
		return;
	visit->budget->in_flight--;
	if (visit->sim->policy.burst == 0)
		return;
	recharge(&visit->sim->policy, visit->budget, now_ms);
	visit->budget->balance_us -= (now_ms - visit->entered_ms) * 1000;
}

int64_t policy_time(struct visit *visit)
{
	const struct policy *policy = &visit->sim->policy;
	int64_t time_ms = policy->takes + policy->each * (int64_t)visit->roll.count;

	if (visit->refusal.code != NULL || visit->budget == NULL)
		return 0;
	if (policy->limit == 0 || time_ms <= policy->limit)
		return time_ms;
	(void)soap_refuse(&visit->refusal, "ErrorTimeoutExpired", 0,
		"Request could not be processed in time. Timeout occurred.");
	return policy->limit;
}
