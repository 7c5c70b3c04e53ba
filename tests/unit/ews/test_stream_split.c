#include "ews/operations/stream_split.h"

#include "corpus.h"
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What comes out of a body that is fed in one way or another: the documents, each with a
 * line break behind it. */
struct outcome {
	struct buf documents;
	size_t n;
	bool broken;
};

static void feed(
	struct stream_split *split, const char *bytes, size_t n, struct outcome *outcome)
{
	enum stream_piece piece;
	while ((piece = stream_split_take(split, &bytes, &n)) == STREAM_DOCUMENT) {
		buf_add(&outcome->documents, split->document.data, split->document.len);
		buf_puts(&outcome->documents, "\n");
		outcome->n++;
	}
	outcome->broken |= piece == STREAM_BROKEN;
}

/* Cuts the bytes into pieces of 1 to `most`, by a generator of its own. */
static struct outcome split_in_pieces(const char *bytes, size_t n, size_t most)
{
	struct stream_split split;
	struct outcome outcome = {0};
	uint32_t random = (uint32_t)most;
	buf_init(&outcome.documents, 64 << 20);
	stream_split_init(&split);
	while (n > 0) {
		random = random * 1664525 + 1013904223;
		size_t piece = 1 + (random >> 8) % most;
		piece = piece < n ? piece : n;
		feed(&split, bytes, piece, &outcome);
		bytes += piece;
		n -= piece;
	}
	stream_split_finish(&split);
	return outcome;
}

static struct outcome split_text(const char *text)
{
	return split_in_pieces(text, strlen(text), 1 << 20);
}

static void is_split_into(const char *text, const char *documents)
{
	for (size_t most = 1; most < 9; most++) {
		struct outcome outcome = split_in_pieces(text, strlen(text), most);
		assert_false(outcome.broken);
		assert_string_equal(buf_text(&outcome.documents), documents);
		buf_finish(&outcome.documents);
	}
	struct outcome outcome = split_text(text);
	assert_string_equal(buf_text(&outcome.documents), documents);
	buf_finish(&outcome.documents);
}

static void is_broken(const char *text)
{
	for (size_t most = 1; most < 99; most += 97) {
		struct outcome outcome = split_in_pieces(text, strlen(text), most);
		assert_true(outcome.broken);
		buf_finish(&outcome.documents);
	}
}

static void documents_end_where_their_root_ends(void **state)
{
	(void)state;
	is_split_into("<a><b/>x</a><a/>", "<a><b/>x</a>\n<a/>\n");
	is_split_into("<p:a xmlns:p='x'>1</p:a><a><a></a></a>",
		"<p:a xmlns:p='x'>1</p:a>\n<a><a></a></a>\n");
}

static void what_stands_between_is_no_document(void **state)
{
	(void)state;
	is_split_into("\xef\xbb\xbf<a/> \r\n\t\xef\xbb\xbf<b></b>\n", "<a/>\n<b></b>\n");
	is_split_into("", "");
	is_split_into(" \n", "");
}

static void declarations_and_comments_belong_to_what_follows(void **state)
{
	(void)state;
	is_split_into("<?xml version='1.0'?>\n<a/><?xml version='1.0'?><b/>",
		"<?xml version='1.0'?>\n<a/>\n<?xml version='1.0'?><b/>\n");
	is_split_into("<a/><!-- <x> --><b/>", "<a/>\n<!-- <x> --><b/>\n");
}

static void end_tags_in_texts_end_nothing(void **state)
{
	(void)state;
	is_split_into(
		"<a><![CDATA[</a>]]]]></a><b/>", "<a><![CDATA[</a>]]]]></a>\n<b/>\n");
	is_split_into("<a><!-- </a> -- - --></a>", "<a><!-- </a> -- - --></a>\n");
	is_split_into("<a x='/>' y=\"'></a>\"></a>", "<a x='/>' y=\"'></a>\"></a>\n");
	is_split_into("<a><?p </a> ? > ?></a>", "<a><?p </a> ? > ?></a>\n");
	is_split_into("<a x='1'/><b y='/'></b>", "<a x='1'/>\n<b y='/'></b>\n");
}

static void what_is_no_xml_is_broken(void **state)
{
	(void)state;
	is_broken("Service Unavailable");
	is_broken("{}");
	is_broken("<a/>x");
	is_broken("</a>");
	is_broken("<a></a></a>");
	is_broken("<a><<b/></a>");
	is_broken("<a <b/></a>");
	is_broken("< a/>");
	is_broken("<>");
}

static void a_document_type_is_broken(void **state)
{
	(void)state;
	is_broken("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>");
	is_broken("<?xml version='1.0'?><!DOCTYPE html><html></html>");
	is_broken("<a><!ELEMENT b></a>");
	is_broken("<a><!-x></a>");
	is_broken("<a><![CDAT[</a>");
}

static void what_is_broken_stays_so(void **state)
{
	(void)state;
	struct stream_split split;
	struct outcome outcome = {0};
	buf_init(&outcome.documents, 1024);
	stream_split_init(&split);
	feed(&split, "x", 1, &outcome);
	feed(&split, "<a/>", 4, &outcome);
	assert_true(outcome.broken);
	assert_int_equal(outcome.n, 0);
	stream_split_reset(&split);
	feed(&split, "<a/>", 4, &outcome);
	assert_int_equal(outcome.n, 1);
	stream_split_finish(&split);
	buf_finish(&outcome.documents);
}

static void a_cut_document_is_forgotten_for_another_body(void **state)
{
	(void)state;
	struct stream_split split;
	struct outcome outcome = {0};
	buf_init(&outcome.documents, 1024);
	stream_split_init(&split);
	feed(&split, "<a><b x='", 9, &outcome);
	stream_split_reset(&split);
	feed(&split, "<c/>", 4, &outcome);
	assert_string_equal(buf_text(&outcome.documents), "<c/>\n");
	stream_split_finish(&split);
	buf_finish(&outcome.documents);
}

static enum stream_piece feed_text_of(size_t length)
{
	struct stream_split split;
	char *text = malloc(length + 7);
	assert_non_null(text);
	memcpy(text, "<a>", 3);
	memset(text + 3, 'x', length);
	memcpy(text + 3 + length, "</a>", 4);
	const char *bytes = text;
	size_t n = length + 7;
	stream_split_init(&split);
	enum stream_piece piece = stream_split_take(&split, &bytes, &n);
	stream_split_finish(&split);
	free(text);
	return piece;
}

static void a_document_has_a_maximum(void **state)
{
	(void)state;
	assert_int_equal(feed_text_of(STREAM_DOCUMENT_MAX - 7), STREAM_DOCUMENT);
	assert_int_equal(feed_text_of(STREAM_DOCUMENT_MAX - 6), STREAM_BROKEN);
}

static void an_endless_body_takes_no_more_memory(void **state)
{
	(void)state;
	struct stream_split split;
	stream_split_init(&split);
	for (int i = 0; i < 1000; i++) {
		char text[300];
		memset(text, 'x', sizeof text);
		memcpy(text, "<a>", 3);
		memcpy(text + 290, "</a>\n\n\n\n\n\n", 10);
		const char *bytes = text;
		size_t n = sizeof text;
		assert_int_equal(stream_split_take(&split, &bytes, &n), STREAM_DOCUMENT);
		assert_int_equal(stream_split_take(&split, &bytes, &n), STREAM_MORE);
		assert_true(split.document.cap < 4096);
	}
	stream_split_finish(&split);
}

static const struct {
	const char *file;
	size_t documents;
} samples[] = {
	{"2010-unprefixed-multi.txt", 5},
	{"cdata-envelope.txt", 2},
	{"error-subscription-ids-no-ns.txt", 1},
	{"exo-multi-with-decl.txt", 5},
	{"heartbeats-100.txt", 100},
	{"new-connection-opened.txt", 2},
	{"soap-prefix-newlines.txt", 3},
};

static char *load(const char *file, size_t *out_n)
{
	char path[1024];
	char name[128];
	(void)snprintf(name, sizeof name, "ews/corpus/synthetic/stream/%s", file);
	corpus_path(path, sizeof path, name);
	char *bytes = corpus_load(path, out_n);
	if (!bytes)
		print_message("no %s: set CALPRESENCE_SHARED\n", path);
	return bytes;
}

static void samples_are_split_alike_in_whatever_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		size_t n;
		char *bytes = load(samples[i].file, &n);
		if (!bytes) {
			skip();
			return;
		}
		struct outcome whole = split_in_pieces(bytes, n, n);
		assert_false(whole.broken);
		assert_int_equal(whole.n, samples[i].documents);
		for (size_t most = 1; most < n; most = most * 3 / 2 + 1) {
			struct outcome pieces = split_in_pieces(bytes, n, most);
			assert_string_equal(
				buf_text(&pieces.documents), buf_text(&whole.documents));
			buf_finish(&pieces.documents);
		}
		buf_finish(&whole.documents);
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_end_where_their_root_ends),
		cmocka_unit_test(what_stands_between_is_no_document),
		cmocka_unit_test(declarations_and_comments_belong_to_what_follows),
		cmocka_unit_test(end_tags_in_texts_end_nothing),
		cmocka_unit_test(what_is_no_xml_is_broken),
		cmocka_unit_test(a_document_type_is_broken),
		cmocka_unit_test(what_is_broken_stays_so),
		cmocka_unit_test(a_cut_document_is_forgotten_for_another_body),
		cmocka_unit_test(a_document_has_a_maximum),
		cmocka_unit_test(an_endless_body_takes_no_more_memory),
		cmocka_unit_test(samples_are_split_alike_in_whatever_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
