#include "ews/operations/autodiscover.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EWS_URL "https://mail.example.com/EWS/Exchange.asmx"
#define INSIDE_URL "https://cas.example.com/EWS/Exchange.asmx"

#define SOAP(response)                                                               \
	"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>" \
	"<GetUserSettingsResponseMessage "                                           \
	"xmlns=\"http://schemas.microsoft.com/exchange/2010/Autodiscover\" "         \
	"xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><Response>" response  \
	"</Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>"
#define USER(code, rest)                                                           \
	SOAP("<ErrorCode>NoError</ErrorCode><ErrorMessage/><UserResponses>"        \
	     "<UserResponse><ErrorCode>" code "</ErrorCode><ErrorMessage>As said." \
	     "</ErrorMessage>" rest "</UserResponse></UserResponses>")
#define SETTING(name, value)                                                       \
	"<UserSetting i:type=\"StringSetting\"><Name>" name "</Name><Value>" value \
	"</Value></UserSetting>"

#define POX_SPACE "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
#define POX(account)                                                          \
	"<?xml version=\"1.0\"?><Autodiscover xmlns=\"" POX_SPACE             \
	"\"><Response xmlns=\"" AUTODISCOVER_POX_SPACE "\"><Account>" account \
	"</Account></Response></Autodiscover>"
#define PROTOCOL(type, urls) \
	"<Protocol><Type>" type "</Type><Server>x</Server>" urls "</Protocol>"

typedef int read_fn(const char *bytes, size_t n, struct autodiscover_answer *out);

static struct autodiscover_answer read_text(read_fn *read, const char *text)
{
	struct autodiscover_answer answer;

	assert_int_equal(read(text, strlen(text), &answer), 0);
	return answer;
}

static void expect(read_fn *read, const char *text, enum autodiscover_kind kind,
	const char *first, const char *second)
{
	struct autodiscover_answer answer = read_text(read, text);

	assert_int_equal(answer.kind, kind);
	assert_string_equal(answer.urls[0], first);
	assert_string_equal(answer.urls[1], second);
}

static void soap_asks_for_both_urls_of_one_user(void **state)
{
	(void)state;
	struct buf body;

	buf_init(&body, 4096);
	autodiscover_write_soap(&body, "a&b@example.com", "https://h/x?a&b");
	assert_false(body.failed);
	assert_non_null(strstr(body.data, "<a:Mailbox>a&amp;b@example.com</a:Mailbox>"));
	assert_non_null(strstr(body.data, "<w:To>https://h/x?a&amp;b</w:To>"));
	assert_non_null(strstr(body.data, "<a:Setting>ExternalEwsUrl</a:Setting>"));
	assert_non_null(strstr(body.data, "<a:Setting>InternalEwsUrl</a:Setting>"));
	buf_finish(&body);
}

static void pox_asks_for_the_schema_of_outlook(void **state)
{
	(void)state;
	struct buf body;

	buf_init(&body, 4096);
	autodiscover_write_pox(&body, "a&b@example.com");
	assert_non_null(
		strstr(body.data, "<EMailAddress>a&amp;b@example.com</EMailAddress>"));
	assert_non_null(strstr(body.data, AUTODISCOVER_POX_SPACE));
	buf_finish(&body);
}

static void version_2_asks_in_the_path(void **state)
{
	(void)state;
	struct buf path;

	buf_init(&path, 4096);
	autodiscover_put_query(&path, "a/?#%\xc3\xa4@example.com");
	assert_string_equal(buf_text(&path),
		"/autodiscover/autodiscover.json/v1.0/"
		"a%2F%3F%23%25%C3%A4@example.com?Protocol=EWS");
	buf_finish(&path);
}

static void soap_tells_the_way_from_outside_first(void **state)
{
	(void)state;
	expect(autodiscover_read_soap,
		USER("NoError",
			"<RedirectTarget i:nil=\"true\"/><UserSettings>" SETTING(
				"InternalEwsUrl", INSIDE_URL)
				SETTING("CasVersion", "15.1") SETTING("ExternalEwsUrl",
					" " EWS_URL "\n") "</UserSettings>"),
		AUTODISCOVER_FOUND, EWS_URL, INSIDE_URL);
	expect(autodiscover_read_soap,
		USER("NoError", "<UserSettings>" SETTING(
					"InternalEwsUrl", INSIDE_URL) "</UserSettings>"),
		AUTODISCOVER_FOUND, "", INSIDE_URL);
}

static void soap_redirects_or_refuses_by_user(void **state)
{
	(void)state;
	expect(autodiscover_read_soap,
		USER("RedirectAddress",
			"<RedirectTarget>a@mail.example.com</RedirectTarget>"),
		AUTODISCOVER_REDIRECT_ADDRESS, "a@mail.example.com", "");
	expect(autodiscover_read_soap,
		USER("RedirectUrl",
			"<RedirectTarget>https://h/autodiscover/autodiscover.svc"
			"</RedirectTarget>"),
		AUTODISCOVER_REDIRECT_URL, "https://h/autodiscover/autodiscover.svc", "");
	expect(autodiscover_read_soap, USER("InvalidUser", ""), AUTODISCOVER_UNKNOWN, "",
		"");
	expect(autodiscover_read_soap, USER("SettingIsNotAvailable", ""),
		AUTODISCOVER_NOTHING, "", "");
	expect(autodiscover_read_soap, USER("NoError", ""), AUTODISCOVER_NOTHING, "", "");
	assert_string_equal(
		read_text(autodiscover_read_soap, USER("InvalidDomain", "")).text,
		"InvalidDomain: As said.");
}

static void soap_may_refuse_as_a_whole(void **state)
{
	(void)state;
	expect(autodiscover_read_soap,
		SOAP("<ErrorCode>ServerBusy</ErrorCode><ErrorMessage>busy</ErrorMessage>"
		     "<UserResponses i:nil=\"true\"/>"),
		AUTODISCOVER_BUSY, "", "");
	/* A user's NoError below an error does not make it good. */
	expect(autodiscover_read_soap,
		SOAP("<ErrorCode>InvalidRequest</ErrorCode><UserResponses><UserResponse>"
		     "<ErrorCode>NoError</ErrorCode><UserSettings>" SETTING(
			     "ExternalEwsUrl", EWS_URL) "</UserSettings></UserResponse>"
							"</UserResponses>"),
		AUTODISCOVER_NOTHING, "", "");
}

static void pox_tells_the_best_way(void **state)
{
	(void)state;
	expect(autodiscover_read_pox,
		POX("<Action>settings</Action>" PROTOCOL(
			"EXCH", "<ASUrl>" INSIDE_URL "</ASUrl>") PROTOCOL("EXHTTP",
			"<EwsUrl>https://other.example.com/</EwsUrl>") PROTOCOL("EXPR",
			"<ASUrl>https://wrong.example.com/</ASUrl><EwsUrl>\n " EWS_URL
			" </EwsUrl>") PROTOCOL("WEB", "")),
		AUTODISCOVER_FOUND, EWS_URL, INSIDE_URL);
	/* Empty elements of one protocol do not hide those of another. */
	expect(autodiscover_read_pox,
		POX(PROTOCOL("EXPR", "<EwsUrl/>")
				PROTOCOL("EXCH", "<EwsUrl>" INSIDE_URL "</EwsUrl>")),
		AUTODISCOVER_FOUND, "", INSIDE_URL);
}

static void pox_redirects(void **state)
{
	(void)state;
	expect(autodiscover_read_pox,
		POX("<Action>redirectAddr</Action><RedirectAddr>b@example.net"
		    "</RedirectAddr>"),
		AUTODISCOVER_REDIRECT_ADDRESS, "b@example.net", "");
	expect(autodiscover_read_pox,
		POX("<Action>redirectUrl</Action><RedirectUrl>https://h/</RedirectUrl>"),
		AUTODISCOVER_REDIRECT_URL, "https://h/", "");
}

static void pox_refuses_by_number(void **state)
{
	(void)state;
#define REFUSAL(code)                                                                 \
	"<Autodiscover xmlns=\"" POX_SPACE "\"><Response><Error Time=\"1\" Id=\"2\">" \
	"<ErrorCode>" code "</ErrorCode><Message>m</Message><DebugData/></Error>"     \
	"</Response></Autodiscover>"
	expect(autodiscover_read_pox, REFUSAL("500"), AUTODISCOVER_UNKNOWN, "", "");
	expect(autodiscover_read_pox, REFUSAL("600"), AUTODISCOVER_NOTHING, "", "");
	assert_string_equal(
		read_text(autodiscover_read_pox, REFUSAL("600")).text, "error 600: m");
#undef REFUSAL
}

static void version_2_is_json(void **state)
{
	(void)state;
	expect(autodiscover_read_json, "{\"Protocol\":\"EWS\",\"Url\":\"" EWS_URL "\"}",
		AUTODISCOVER_FOUND, EWS_URL, "");
	expect(autodiscover_read_json,
		"{\"ErrorCode\":\"ProtocolNotSupported\",\"ErrorMessage\":\"no\\nway\"}",
		AUTODISCOVER_NOTHING, "", "");
	assert_string_equal(read_text(autodiscover_read_json,
				    "{\"ErrorCode\":\"A\",\"ErrorMessage\":\"b\\nc\"}")
				    .text,
		"A: b c");
	expect(autodiscover_read_json, "{\"Url\":5}", AUTODISCOVER_NOTHING, "", "");
	expect(autodiscover_read_json, "[]", AUTODISCOVER_NOTHING, "", "");
	expect(autodiscover_read_json, "<html>", AUTODISCOVER_NOTHING, "", "");
}

static void what_is_hostile_or_cut_says_nothing(void **state)
{
	(void)state;
	static const char dtd[] =
		"<!DOCTYPE a [<!ENTITY b \"c\">]><Autodiscover xmlns=\"" POX_SPACE "\"/>";
	const char *whole = POX(PROTOCOL("EXPR", "<EwsUrl>" EWS_URL "</EwsUrl>"));
	struct autodiscover_answer answer;

	expect(autodiscover_read_pox, dtd, AUTODISCOVER_NOTHING, "", "");
	expect(autodiscover_read_soap, dtd, AUTODISCOVER_NOTHING, "", "");
	for (size_t n = 0; n < strlen(whole); n++) {
		assert_int_equal(autodiscover_read_pox(whole, n, &answer), 0);
		assert_int_equal(answer.kind, AUTODISCOVER_NOTHING);
	}
	assert_int_equal(autodiscover_read_pox(whole, strlen(whole), &answer), 0);
	assert_int_equal(answer.kind, AUTODISCOVER_FOUND);
}

static void a_url_that_does_not_fit_is_none(void **state)
{
	(void)state;
	for (size_t n = 1024; n <= 1025; n++) {
		char text[2048];
		struct autodiscover_answer answer;

		int used = snprintf(text, sizeof(text), "{\"Url\":\"%0*d\"}", (int)n, 1);
		assert_int_equal(autodiscover_read_json(text, (size_t)used, &answer), 0);
		assert_int_equal(answer.kind,
			n == 1024 ? AUTODISCOVER_FOUND : AUTODISCOVER_NOTHING);
	}
}

static void answers_of_several_users_are_not_mixed(void **state)
{
	(void)state;
	expect(autodiscover_read_soap,
		SOAP("<ErrorCode>NoError</ErrorCode><UserResponses><UserResponse>"
		     "<ErrorCode>NoError</ErrorCode><UserSettings>" SETTING(
			     "InternalEwsUrl",
			     INSIDE_URL) "</UserSettings></UserResponse>"
					 "<UserResponse><ErrorCode>RedirectUrl</"
					 "ErrorCode><RedirectTarget>"
					 "https://h/</"
					 "RedirectTarget><UserSettings>" SETTING(
						 "ExternalEwsUrl",
						 EWS_URL) "</UserSettings></"
							  "UserResponse></"
							  "UserResponses>"),
		AUTODISCOVER_FOUND, "", INSIDE_URL);
	expect(autodiscover_read_soap,
		SOAP("<ErrorCode>NoError</ErrorCode><UserResponses><UserResponse>"
		     "<ErrorCode>InvalidUser</ErrorCode></UserResponse><UserResponse>"
		     "<ErrorCode>NoError</ErrorCode><UserSettings>" SETTING(
			     "ExternalEwsUrl", EWS_URL) "</UserSettings></UserResponse>"
							"</UserResponses>"),
		AUTODISCOVER_UNKNOWN, "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(soap_asks_for_both_urls_of_one_user),
		cmocka_unit_test(pox_asks_for_the_schema_of_outlook),
		cmocka_unit_test(version_2_asks_in_the_path),
		cmocka_unit_test(soap_tells_the_way_from_outside_first),
		cmocka_unit_test(soap_redirects_or_refuses_by_user),
		cmocka_unit_test(soap_may_refuse_as_a_whole),
		cmocka_unit_test(pox_tells_the_best_way),
		cmocka_unit_test(pox_redirects),
		cmocka_unit_test(pox_refuses_by_number),
		cmocka_unit_test(version_2_is_json),
		cmocka_unit_test(what_is_hostile_or_cut_says_nothing),
		cmocka_unit_test(a_url_that_does_not_fit_is_none),
		cmocka_unit_test(answers_of_several_users_are_not_mixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
