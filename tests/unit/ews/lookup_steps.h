#ifndef TESTS_UNIT_EWS_LOOKUP_STEPS_H
#define TESTS_UNIT_EWS_LOOKUP_STEPS_H

#include "ews/autodiscover/lookup.h"

/* A lookup for alice@Sub.example.com, step by step. */

#define NOW 1000
#define EWS_URL "https://mail.example.com/EWS/Exchange.asmx"
#define FOUND_AT(url) "{\"Protocol\":\"EWS\",\"Url\":\"" url "\"}"
#define POX_SPACE "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
#define POX(account)                                                          \
	"<Autodiscover xmlns=\"" POX_SPACE                                    \
	"\"><Response xmlns=\"" AUTODISCOVER_POX_SPACE "\"><Account>" account \
	"</Account></Response>"                                               \
	"</Autodiscover>"
#define POX_AT(url) POX("<Protocol><Type>EXPR</Type><EwsUrl>" url "</EwsUrl></Protocol>")
#define POX_UNKNOWN                                                             \
	"<Autodiscover xmlns=\"" POX_SPACE "\"><Response><Error><ErrorCode>500" \
	"</ErrorCode></Error></Response></Autodiscover>"

#define QUERY "/autodiscover/autodiscover.json/v1.0/alice@Sub.example.com?Protocol=EWS"

extern const struct lookup_settings lookup_none;
extern const struct lookup_settings lookup_basic;
/* One service, so that a test has three candidates and no more. */
extern const struct lookup_settings lookup_one;

struct lookup *lookup_begin(const struct lookup_settings *settings);
/* Up to the SOAP, or the POX, candidate of the one service. */
struct lookup *lookup_begin_at_soap(const struct lookup_settings *settings);
struct lookup *lookup_begin_at_pox(const struct lookup_settings *settings);

/* The next request; who is asked first who he is says that he is Exchange. */
struct lookup_request lookup_take(struct lookup *lookup, int64_t now_ms);
void lookup_expect(
	struct lookup *lookup, enum autodiscover_method method, const char *url);
/* Nothing more is asked. Destroys the lookup. */
void lookup_expect_end(struct lookup *lookup, enum lookup_state state);

void lookup_reply(struct lookup *lookup, long status, const char *body);
void lookup_redirect(struct lookup *lookup, const char *location);
void lookup_fail(struct lookup *lookup, enum transfer_result result);
/* The next n requests get a 404. */
void lookup_pass(struct lookup *lookup, unsigned n);

#endif
