#include "ews/operations/availability.h"

#include "availability_samples.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static void an_inner_code_says_what_an_internal_error_hides(void **state)
{
	(void)state;
	struct availability answer = sample_read_text(ARRAY(
		"<m:FreeBusyResponse><m:ResponseMessage "
		"ResponseClass='Error'><m:MessageText> a\n"
		"\t b&#x85;</m:MessageText><m:ResponseCode>ErrorInternalServerError"
		"</m:ResponseCode><m:MessageXml><t:Value Name='InnerErrorResponseCode'>"
		"ErrorServerBusy</t:Value><t:Value "
		"Name='BackOffMilliseconds'>7000</t:Value>"
		"</m:MessageXml></m:ResponseMessage></m:FreeBusyResponse>"));
	assert_int_equal(answer.reading.mailboxes[0].fault, GATEWAY_FAULT_THROTTLE);
	assert_string_equal(answer.reading.mailboxes[0].code, "ErrorServerBusy");
	assert_string_equal(answer.reading.mailboxes[0].text, "a b");
	assert_int_equal(answer.soap.back_off_ms, 7000);
	availability_finish(&answer);
}

static void expect_soap_fault(const char *text, const char *code, int64_t back_off_ms)
{
	struct availability answer = sample_read_text(text);
	assert_int_equal(answer.soap.kind, SOAP_FAULTED);
	assert_string_equal(answer.soap.code, code);
	assert_string_equal(answer.soap.text, "Some words");
	assert_int_equal(answer.soap.back_off_ms, back_off_ms);
	availability_finish(&answer);
}

static void a_fault_is_named_by_faultcode_before_its_detail(void **state)
{
	(void)state;
	expect_soap_fault(
		FAULT("a:ErrorMailboxDataArrayTooBig", "<m:ErrorCode>5002</m:ErrorCode>"),
		"ErrorMailboxDataArrayTooBig", -1);
	expect_soap_fault(FAULT("ErrorServerBusy", ""), "ErrorServerBusy", -1);
	expect_soap_fault(
		FAULT("s:Client",
			"<e:ResponseCode> ErrorSchemaValidation </e:ResponseCode>"),
		"ErrorSchemaValidation", -1);
	expect_soap_fault(FAULT("a:ErrorTimeZone",
				  "<e:ResponseCode>ErrorServerBusy</e:ResponseCode>"),
		"ErrorTimeZone", -1);
	expect_soap_fault(FAULT("s:Server", ""), "Server", -1);
	expect_soap_fault(FAULT("", ""), "", -1);
	expect_soap_fault(FAULT("a:ErrorInternalServerError",
				  "<t:MessageXml><t:Value Name='InnerErrorResponseCode'>"
				  "ErrorServerBusy</t:Value></t:MessageXml>"),
		"ErrorServerBusy", -1);
}

static void a_back_off_that_makes_no_sense_is_none(void **state)
{
	(void)state;
	expect_soap_fault(BACK_OFF("297749"), "ErrorServerBusy", 297749);
	expect_soap_fault(BACK_OFF(" 0\n"), "ErrorServerBusy", 0);
	expect_soap_fault(BACK_OFF("-1"), "ErrorServerBusy", -1);
	expect_soap_fault(BACK_OFF("1500.5"), "ErrorServerBusy", -1);
	expect_soap_fault(BACK_OFF("soon"), "ErrorServerBusy", -1);
	expect_soap_fault(BACK_OFF("99999999999999999999"), "ErrorServerBusy", -1);
	expect_soap_fault(BACK_OFF(""), "ErrorServerBusy", -1);
}

static void web_pages_are_known_and_named(void **state)
{
	(void)state;
	struct availability answer = sample_read_text(
		"\xef\xbb\xbf \r\n<!-- x --><!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML "
		"4.01//EN\">"
		"<html><head><TITLE>Out\nlook</title></head><body><br></body></html>");
	assert_int_equal(answer.soap.kind, SOAP_HTML);
	assert_string_equal(answer.soap.text, "Out look");
	availability_finish(&answer);
	sample_expect_kind(
		"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>",
		SOAP_HTML);
	sample_expect_kind("<HTML><title>unfinished", SOAP_HTML);
	sample_expect_kind("<!-- <html> -->", SOAP_BROKEN);
	sample_expect_kind("<!--", SOAP_BROKEN);
	sample_expect_kind("<?", SOAP_BROKEN);
	sample_expect_kind("<", SOAP_BROKEN);
}

static void other_documents_are_broken_and_named(void **state)
{
	(void)state;
	struct availability answer = sample_read_text(OPEN "<m:FindItemResponse/>" CLOSE);
	assert_int_equal(answer.soap.kind, SOAP_BROKEN);
	assert_non_null(strstr(answer.soap.text, "<FindItemResponse>"));
	assert_false(answer.soap.begun);
	availability_finish(&answer);
	sample_expect_kind("", SOAP_BROKEN);
	sample_expect_kind("{\"error\":1}", SOAP_BROKEN);
	sample_expect_kind(OPEN CLOSE, SOAP_BROKEN);
	sample_expect_kind(ARRAY(BUSY) ARRAY(BUSY), SOAP_BROKEN);
	sample_expect_kind(ARRAY(BUSY) "x", SOAP_BROKEN);
	sample_expect_kind("\xef\xbb\xbf", SOAP_BROKEN);
	sample_expect_kind(" \x01 ", SOAP_BROKEN);
}

static void any_document_type_is_refused(void **state)
{
	(void)state;
	static const char *const types[] = {"<!DOCTYPE a>",
		"<!DOCTYPE a SYSTEM 'file:///'>", "<!DOCTYPE a [<!ENTITY b 'Busy'>]>",
		"<!DOC\x01TYPE a>"};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		char text[4096];
		(void)snprintf(text, sizeof text, "%s" ARRAY(BUSY), types[i]);
		struct availability answer = sample_read_text(text);
		assert_int_equal(answer.soap.kind, SOAP_BROKEN);
		assert_non_null(strstr(answer.soap.text, "document type"));
		availability_finish(&answer);
	}
	sample_expect_kind(ARRAY("&b;"), SOAP_BROKEN);
}

static void a_version_is_three_numbers_or_none(void **state)
{
	(void)state;
	static const char *const attributes[] = {"", "MajorVersion='15'",
		"MajorVersion='15' MinorVersion='x' MajorBuildNumber='1'",
		"MajorVersion='15' MinorVersion='1234567890' MajorBuildNumber='1'"};
	for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
		char text[1024];
		(void)snprintf(text, sizeof text,
			"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>"
			"<s:Header><t:ServerVersionInfo xmlns:t='" TYPES
			"' %s/></s:Header><s:Body><s:Fault/>" CLOSE,
			attributes[i]);
		struct availability answer = sample_read_text(text);
		assert_int_equal(answer.soap.kind, SOAP_FAULTED);
		assert_string_equal(answer.soap.server_version, "");
		availability_finish(&answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_inner_code_says_what_an_internal_error_hides),
		cmocka_unit_test(a_fault_is_named_by_faultcode_before_its_detail),
		cmocka_unit_test(a_back_off_that_makes_no_sense_is_none),
		cmocka_unit_test(web_pages_are_known_and_named),
		cmocka_unit_test(other_documents_are_broken_and_named),
		cmocka_unit_test(any_document_type_is_refused),
		cmocka_unit_test(a_version_is_three_numbers_or_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
