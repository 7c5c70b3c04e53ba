#include "ews/operations/availability.h"
#include "ews/operations/ews_outcome.h"
#include "ews/operations/find_item.h"
#include "ews/operations/mailtips.h"
#include "ews/operations/notify.h"

#include "corpus.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a live server of another vendor (gromox 3.10) has answered. */

#define FROM 1795837380 // 2026-11-28T03:43:00Z, the window of the questions
#define TO (FROM + 90060)

/* The message of a recorded HTTP answer, to be freed; the test is skipped without it. */
static char *load(const char *name, size_t *out_n)
{
	char relative[128];
	char path[1024];
	(void)snprintf(
		relative, sizeof relative, "faults/other-server/%s.response.txt", name);
	corpus_path(path, sizeof path, relative);
	char *text = corpus_load(path, out_n);
	if (!text) {
		print_message("no %s: set CALPRESENCE_SHARED\n", path);
		skip();
		return NULL;
	}
	char *begin = strstr(text, "<?xml");
	assert_non_null(begin);
	char *end = strstr(begin, "</SOAP:Envelope>");
	assert_non_null(end);
	*out_n = (size_t)(end - begin) + strlen("</SOAP:Envelope>");
	memmove(text, begin, *out_n);
	text[*out_n] = '\0';
	return text;
}

static void whom_it_cannot_find_may_be_elsewhere(void **state)
{
	(void)state;
	size_t n;
	struct availability answer;
	char *text = load("F4-unknown-mailbox", &n);
	if (!text)
		return;
	assert_int_equal(availability_read(text, n, FROM, TO, &answer), 0);
	assert_int_equal(answer.soap.kind, SOAP_ANSWER);
	assert_int_equal(answer.reading.n, 4);
	static const size_t entries[] = {1, 0, 0};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(answer.reading.mailboxes[i].fault, GATEWAY_FAULT_NONE);
		assert_int_equal(answer.reading.mailboxes[i].n, entries[i]);
	}
	assert_int_equal(answer.reading.events[0].busy, GATEWAY_BUSY_BUSY);
	assert_int_equal(answer.reading.events[0].start, FROM + 3573);
	struct mailbox_reading *last = &answer.reading.mailboxes[3];
	ews_judge_mailbox(last, "Exchange2013", false);
	assert_string_equal(last->code, "ErrorCannotFindUser");
	assert_true(last->elsewhere);
	availability_finish(&answer);
	free(text);
}

static void mail_tips_that_are_a_stub_say_nothing(void **state)
{
	(void)state;
	size_t n;
	struct mailtips tips;
	char *text = load("F6-GetMailTips", &n);
	if (!text)
		return;
	assert_int_equal(mailtips_read(text, n, &tips), 0);
	assert_int_equal(tips.n, 6);
	for (size_t i = 0; i < tips.n; i++) {
		assert_int_equal(tips.mailboxes[i].reply, MAILTIPS_UNKNOWN);
		assert_string_equal(tips.mailboxes[i].code, "");
	}
	free(text);
}

static void entries_without_series_are_an_answer(void **state)
{
	(void)state;
	size_t n;
	struct availability answer;
	const struct find_item_query query = {.from = FROM, .to = TO};
	char *text = load("G-FindItem-no-series", &n);
	if (!text)
		return;
	assert_int_equal(find_item_read(text, n, &query, &answer), 0);
	assert_int_equal(answer.reading.n, 1);
	assert_int_equal(answer.reading.mailboxes[0].fault, GATEWAY_FAULT_NONE);
	assert_int_equal(answer.reading.mailboxes[0].n, 0);
	availability_finish(&answer);
	free(text);
}

static void a_stream_of_several_names_all_but_the_anchors(void **state)
{
	(void)state;
	static const char *const foreign[] = {
		"EQAAAAUAAAA=", "EgAAAAUAAAA=", "EwAAAAUAAAA="};
	size_t n;
	struct stream_message message;
	char *text = load("F1-stream-of-four-subscriptions", &n);
	if (!text)
		return;
	assert_int_equal(notify_read_stream_message(text, n, &message), 0);
	assert_int_equal(message.message.class, SOAP_ERROR);
	assert_string_equal(message.message.code, "ErrorInvalidSubscription");
	assert_false(message.opened);
	assert_true(message.closed);
	const char *id = NULL;
	for (size_t i = 0; i < 3; i++) {
		id = notify_ids_after(&message.bad, id);
		assert_non_null(id);
		assert_string_equal(id, foreign[i]);
	}
	assert_null(notify_ids_after(&message.bad, id));
	stream_message_finish(&message);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whom_it_cannot_find_may_be_elsewhere),
		cmocka_unit_test(mail_tips_that_are_a_stub_say_nothing),
		cmocka_unit_test(entries_without_series_are_an_answer),
		cmocka_unit_test(a_stream_of_several_names_all_but_the_anchors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
