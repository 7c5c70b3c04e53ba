#include "ews/operations/oof_settings.h"

#include "corpus.h"
#include "schema.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1772409600) // 2026-03-02T00:00:00Z

#define ANSWER(inside)                                                             \
	"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>" \
	"<GetUserOofSettingsResponse xmlns="                                       \
	"'http://schemas.microsoft.com/exchange/services/2006/messages' xmlns:t="  \
	"'http://schemas.microsoft.com/exchange/services/2006/types'>" inside      \
	"</GetUserOofSettingsResponse></s:Body></s:Envelope>"
#define GOOD                                                             \
	"<ResponseMessage ResponseClass='Success'><ResponseCode>NoError" \
	"</ResponseCode></ResponseMessage>"
#define SETTINGS(state, duration)                                                    \
	ANSWER(GOOD "<t:OofSettings><t:OofState>" state "</t:OofState>"              \
		    "<t:ExternalAudience>All</t:ExternalAudience>" duration          \
		    "<t:InternalReply><t:Message>Gone</t:Message></t:InternalReply>" \
		    "</t:OofSettings><AllowExternalOof>All</AllowExternalOof>")
#define DURATION(start, end)                                              \
	"<t:Duration><t:StartTime>" start "</t:StartTime><t:EndTime>" end \
	"</t:EndTime></t:Duration>"
#define MARCH DURATION("2026-03-02T00:00:00", "2026-03-03T00:00:00")

static struct oof_settings read_text(const char *text)
{
	struct oof_settings settings;
	assert_int_equal(oof_settings_read(text, strlen(text), &settings), 0);
	return settings;
}

static void expect(const char *text, int64_t from, int64_t to)
{
	struct oof_settings settings = read_text(text);
	assert_int_equal(settings.soap.kind, SOAP_ANSWER);
	assert_string_equal(settings.code, "");
	assert_true(settings.known);
	assert_int_equal(settings.from, from);
	assert_int_equal(settings.to, to);
}

static void requests_are_valid_by_the_schema(void **state)
{
	(void)state;
	struct schema *schema = schema_load();
	struct buf buf;
	if (!schema) {
		skip();
		return;
	}
	buf_init(&buf, 1 << 16);
	oof_settings_write(&buf,
		&(struct soap_envelope){
			.version = "Exchange2013", .impersonate = "alice@example.com"},
		"o'b&c@example.com");
	assert_non_null(strstr(
		buf_text(&buf), "<t:Mailbox><t:Address>o&apos;b&amp;c@example.com<"));
	assert_non_null(strstr(
		buf_text(&buf), "<t:SmtpAddress>alice@example.com</t:SmtpAddress>"));
	assert_true(schema_takes(schema, &buf));
	buf_finish(&buf);
	schema_free(schema);
}

static void enabled_is_until_further_notice(void **state)
{
	(void)state;
	expect(SETTINGS("Enabled", ""), GATEWAY_TIME_MIN, GATEWAY_TIME_MAX);
	expect(SETTINGS("Enabled", MARCH), GATEWAY_TIME_MIN, GATEWAY_TIME_MAX);
}

static void scheduled_is_for_its_duration(void **state)
{
	(void)state;
	expect(SETTINGS("Scheduled", MARCH), NOW, NOW + 86400);
	expect(SETTINGS("Scheduled",
		       DURATION("2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z")),
		0, 0);
}

static void disabled_is_off_whatever_duration_is_left(void **state)
{
	(void)state;
	expect(SETTINGS("Disabled", MARCH), 0, 0);
	expect(SETTINGS("Disabled", ""), 0, 0);
}

static void what_cannot_be_made_out_is_not_known(void **state)
{
	(void)state;
	static const char *const texts[] = {SETTINGS("Sometimes", MARCH),
		SETTINGS("Scheduled", ""), SETTINGS("Scheduled", DURATION("soon", "")),
		ANSWER(GOOD), ANSWER("")};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct oof_settings settings = read_text(texts[i]);
		assert_int_equal(settings.soap.kind, SOAP_ANSWER);
		assert_false(settings.known);
		assert_int_equal(settings.from, settings.to);
	}
}

static void an_error_has_its_code(void **state)
{
	(void)state;
	struct oof_settings settings = read_text(ANSWER(
		"<ResponseMessage ResponseClass='Error'><MessageText>No.</MessageText>"
		"<ResponseCode>ErrorUnableToGetUserOofSettings</ResponseCode>"
		"</ResponseMessage>"));
	assert_string_equal(settings.code, "ErrorUnableToGetUserOofSettings");
	assert_string_equal(settings.text, "No.");
	assert_false(settings.known);
}

static bool read_sample(const char *name, struct oof_settings *out_settings)
{
	char path[1024];
	size_t n;
	corpus_path(path, sizeof path, name);
	char *bytes = corpus_load(path, &n);
	if (!bytes) {
		print_message("no %s: set CALPRESENCE_SHARED\n", path);
		return false;
	}
	assert_int_equal(oof_settings_read(bytes, n, out_settings), 0);
	free(bytes);
	return true;
}

static void the_samples_are_read_as_they_are_meant(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int64_t from;
		int64_t to;
	} samples[] = {
		{"ews/corpus/synthetic/oof/disabled.xml", 0, 0},
		{"ews/corpus/synthetic/oof/scheduled-past.xml", 1577836800, 1577923200},
		{"ews/corpus/ms-docs/getuseroofsettings-operation-02.xml", 0, 0},
	};
	struct oof_settings settings;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		if (!read_sample(samples[i].name, &settings)) {
			skip();
			return;
		}
		assert_int_equal(settings.soap.kind, SOAP_ANSWER);
		assert_true(settings.known);
		assert_int_equal(settings.from, samples[i].from);
		assert_int_equal(settings.to, samples[i].to);
	}
}

static void who_is_not_the_owner_is_refused(void **state)
{
	(void)state;
	static const char *const names[] = {
		"ews/corpus/synthetic/fault/oof-access-denied.xml",
		"ews/corpus/ms-docs/getuseroofsettings-operation-03.xml"};
	struct oof_settings settings;
	for (size_t i = 0; i < 2; i++) {
		if (!read_sample(names[i], &settings)) {
			skip();
			return;
		}
		assert_int_equal(settings.soap.kind, SOAP_FAULTED);
		assert_true(oof_settings_is_refusal(&settings.soap));
	}
	if (read_sample("ews/corpus/synthetic/fault/serverbusy-backoff.xml", &settings))
		assert_false(oof_settings_is_refusal(&settings.soap));
}

static void an_answer_cut_anywhere_is_not_used(void **state)
{
	(void)state;
	static const char whole[] = SETTINGS("Scheduled", MARCH);
	for (size_t n = 0; n < sizeof whole - 1; n++) {
		struct oof_settings settings;
		char *cut = malloc(n ? n : 1);
		assert_non_null(cut);
		memcpy(cut, whole, n);
		assert_int_equal(oof_settings_read(cut, n, &settings), 0);
		assert_int_equal(settings.soap.kind, SOAP_BROKEN);
		assert_false(settings.known);
		free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_valid_by_the_schema),
		cmocka_unit_test(enabled_is_until_further_notice),
		cmocka_unit_test(scheduled_is_for_its_duration),
		cmocka_unit_test(disabled_is_off_whatever_duration_is_left),
		cmocka_unit_test(what_cannot_be_made_out_is_not_known),
		cmocka_unit_test(an_error_has_its_code),
		cmocka_unit_test(the_samples_are_read_as_they_are_meant),
		cmocka_unit_test(who_is_not_the_owner_is_refused),
		cmocka_unit_test(an_answer_cut_anywhere_is_not_used),
	};
	return cmocka_run_group_tests_name("oof settings", tests, NULL, NULL);
}
