#include "availability_samples.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

struct availability sample_read(const char *bytes, size_t n)
{
	struct availability answer;
	char *copy = malloc(n ? n : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, n);
	assert_int_equal(availability_read(copy, n, FROM, TO, &answer), 0);
	free(copy);
	return answer;
}

struct availability sample_read_text(const char *text)
{
	return sample_read(text, strlen(text));
}

void sample_expect_kind(const char *text, enum soap_kind kind)
{
	struct availability answer = sample_read_text(text);
	if (answer.soap.kind != kind)
		fail_msg("kind %d: %s", (int)answer.soap.kind, answer.soap.text);
	if (kind != SOAP_ANSWER)
		assert_true(answer.reading.n == 0 && answer.reading.n_events == 0);
	availability_finish(&answer);
}

void sample_expect_events(const char *text, const struct gateway_event *events, size_t n)
{
	struct availability answer = sample_read_text(text);
	assert_int_equal(answer.soap.kind, SOAP_ANSWER);
	assert_int_equal(answer.reading.n, 1);
	assert_int_equal(answer.reading.mailboxes[0].fault, GATEWAY_FAULT_NONE);
	assert_int_equal(answer.reading.mailboxes[0].first, 0);
	assert_int_equal(answer.reading.mailboxes[0].n, n);
	assert_int_equal(answer.reading.n_events, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(answer.reading.events[i].start, events[i].start);
		assert_int_equal(answer.reading.events[i].end, events[i].end);
		assert_int_equal(answer.reading.events[i].busy, events[i].busy);
		assert_int_equal(answer.reading.events[i].flags, events[i].flags);
	}
	availability_finish(&answer);
}
