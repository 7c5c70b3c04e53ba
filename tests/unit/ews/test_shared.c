#include "base/buf.h"
#include "ews/operations/availability.h"
#include "ews/soap/code.h"

#include "corpus.h"
#include "schema.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const class_names[] = {
	[EWS_CODE_OK] = "OK",
	[EWS_CODE_THROTTLE] = "THROTTLE",
	[EWS_CODE_TRANSIENT] = "TRANSIENT",
	[EWS_CODE_REDISCOVER] = "REDISCOVER",
	[EWS_CODE_MAILBOX] = "MAILBOX",
	[EWS_CODE_AUTHZ] = "AUTHZ",
	[EWS_CODE_RESUBSCRIBE] = "RESUBSCRIBE",
	[EWS_CODE_SHRINK] = "SHRINK",
	[EWS_CODE_REQUEST] = "REQUEST",
	[EWS_CODE_ITEM] = "ITEM",
	[EWS_CODE_OTHER] = "OTHER",
};

static void all_codes_of_the_shared_table_agree(void **state)
{
	(void)state;
	char path[1024];
	size_t n;
	corpus_path(path, sizeof path, "ews/codes.tsv");
	char *table = corpus_load(path, &n);
	if (!table) {
		print_message("no %s: set CALPRESENCE_SHARED\n", path);
		skip();
		return;
	}
	unsigned codes = 0;
	char *line = strchr(table, '\n');
	for (; line && line[1]; line = strchr(line + 1, '\n'), codes++) {
		char code[128];
		size_t length = strcspn(line + 1, "\t");
		(void)snprintf(code, sizeof code, "%.*s", (int)length, line + 1);
		const char *wanted = line + 1 + length + 1;
		const char *class = class_names[ews_code_class(code)];
		if (strncmp(wanted, class, strlen(class)) != 0 ||
			wanted[strlen(class)] != '\t')
			fail_msg("%s is %s", code, class);
	}
	assert_int_equal(codes, 521);
	free(table);
}

static void write_request(struct buf *buf, size_t n, bool merged_only)
{
	static const char *const odd[] = {
		"o'b&c@example.com", "<\"a\">@x.test", "j\xc3\xb6rg@x.test"};
	const char *addresses[GATEWAY_BATCH_MAX];
	for (size_t i = 0; i < n; i++)
		addresses[i] = odd[i % 3];
	struct availability_query query = {.addresses = addresses,
		.n = n,
		.from = 1772409600,
		.to = 1772409600 + 86400,
		.merged_only = merged_only,
		.envelope = {.version = "Exchange2013"}};
	availability_write(buf, &query);
	assert_false(buf->failed);
}

static void requests_are_valid_by_the_schema(void **state)
{
	(void)state;
	struct schema *schema = schema_load();
	if (!schema) {
		skip();
		return;
	}
	static const size_t sizes[] = {1, 3, GATEWAY_BATCH_MAX};
	for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
		struct buf buf;
		buf_init(&buf, 1 << 20);
		write_request(&buf, sizes[i / 2], i % 2 == 1);
		assert_true(schema_takes(schema, &buf));
		buf_finish(&buf);
	}
	schema_free(schema);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_codes_of_the_shared_table_agree),
		cmocka_unit_test(requests_are_valid_by_the_schema),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
