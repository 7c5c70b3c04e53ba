#ifndef TESTS_UNIT_EWS_SITES_BENCH_H
#define TESTS_UNIT_EWS_SITES_BENCH_H

#include "ews/autodiscover/sites.h"
#include "gateway/protocol/settings.h"

/* Sites, and whom they ask: one service, so that a lookup has three questions at most. */

#define HOUR INT64_C(3600000)
#define A "https://a.example.com/EWS/Exchange.asmx"
#define B "https://b.example.com/EWS/Exchange.asmx"
#define FOUND_AT(url) "{\"Protocol\":\"EWS\",\"Url\":\"" url "\"}"
#define POX_SPACE "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
#define UNKNOWN                                                                 \
	"<Autodiscover xmlns=\"" POX_SPACE "\"><Response><Error><ErrorCode>500" \
	"</ErrorCode></Error></Response></Autodiscover>"

extern const struct gateway_configure sites_settings;

struct sites_bench {
	struct gateway_settings settings; // which sites borrow
	struct sites sites;
	struct now now;
	struct buf body;
	struct request request; // the last one
	char settled[64];       // the last key
	unsigned n_settled;
};

void sites_set_up(struct sites_bench *bench, const struct gateway_configure *configure);
void sites_tear_down(struct sites_bench *bench);
bool sites_is_due(struct sites_bench *bench);
bool sites_next(struct sites_bench *bench, unsigned slot);
struct outcome sites_done(
	struct sites_bench *bench, unsigned slot, long status, const char *body);
/* The next lookup finds this at its first question; NULL: it finds nothing. */
void sites_find_now(struct sites_bench *bench, const char *answer);
/* The next lookup hears everywhere that there is no such mailbox. */
void sites_find_unknown(struct sites_bench *bench);
void sites_expect(struct sites_bench *bench, const char *address, const char *url);
struct sites_answer sites_expect_none(
	struct sites_bench *bench, const char *address, bool lost, bool elsewhere);

#endif
