#ifndef TESTS_UNIT_EWS_SEARCH_STEPS_H
#define TESTS_UNIT_EWS_SEARCH_STEPS_H

#include "ews/places/search.h"

/* A search for alice@Sub.example.com, step by step. */

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

extern const struct search_settings search_none;
extern const struct search_settings search_basic;
/* One service, so that a test has three candidates and no more. */
extern const struct search_settings search_one;

struct search *search_begin(const struct search_settings *settings);
/* Up to the SOAP, or the POX, candidate of the one service. */
struct search *search_begin_at_soap(const struct search_settings *settings);
struct search *search_begin_at_pox(const struct search_settings *settings);

void search_expect(
	struct search *search, enum autodiscover_method method, const char *url);
/* Nothing more is asked. Destroys the search. */
void search_expect_end(struct search *search, enum search_state state);

void search_reply(struct search *search, long status, const char *body);
void search_redirect(struct search *search, const char *location);
void search_fail(struct search *search, enum transfer_result result);
/* The next n requests get a 404. */
void search_pass(struct search *search, unsigned n);

#endif
