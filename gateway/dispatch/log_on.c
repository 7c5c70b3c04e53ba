#include "gateway/dispatch/log_on.h"

void log_on_hear(struct log_on *log_on, struct account *account,
	const struct gateway_breaker *breaker, int64_t now_ms)
{
	if (breaker->leave) {
		account_permit(account);
		return;
	}
	account_share(account);
	account_adopt(account, breaker->refusals, breaker->wait_ms, now_ms);
	log_on->wants_leave = false; // this is the answer, or another one is right now
}

void log_on_say(struct log_on *log_on, struct account *account, bool wants_leave,
	void (*say)(void *context, enum gateway_log_on said), void *context)
{
	bool over = account_give_back(account);
	bool refused = log_on->denials < account->denials;
	for (; log_on->denials < account->denials; log_on->denials++)
		say(context, GATEWAY_LOG_ON_REFUSED);
	if (account->proven && !log_on->proven)
		say(context, GATEWAY_LOG_ON_GRANTED);
	else if (over && !refused)
		say(context, GATEWAY_LOG_ON_UNKNOWN);
	log_on->proven = account->proven;
	if (wants_leave && !log_on->wants_leave)
		say(context, GATEWAY_LOG_ON_WANTED);
	log_on->wants_leave = wants_leave;
}
