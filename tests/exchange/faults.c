#include "exchange/faults.h"

#include "base/parse.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	struct fault fault;
} kinds[] = {
	{"server-busy",
		{.kind = FAULT_SOAP, .code = "ErrorServerBusy", .backoff = "1000"}},
	{"internal-error", {.kind = FAULT_SOAP, .code = "ErrorInternalServerError"}},
	{"fault", {.kind = FAULT_SOAP, .code = "ErrorInternalServerTransientError"}},
	{"html-200", {.kind = FAULT_HTML}},
	{"302-logon",
		{.kind = FAULT_STATUS,
			.status = 302,
			.location = "https://localhost/owa/auth/logon.aspx?reason=0"}},
	{"302-error", {.kind = FAULT_STATUS,
			      .status = 302,
			      .location = "/ews/genericerrorpage.htm?aspxerrorpath=/ews/"
					  "exchange.asmx"}},
	{"asp-500", {.kind = FAULT_ASP}},
	{"random-500-empty", {.kind = FAULT_EMPTY}},
	{"garbage", {.kind = FAULT_GARBAGE}},
	{"cut-body", {.kind = FAULT_CUT}},
	{"slow-body", {.kind = FAULT_DRIP, .delay_ms = 100, .bytes = 200}},
	{"slow", {.kind = FAULT_SLOW, .delay_ms = 1000}},
	{"hang", {.kind = FAULT_HANG}},
	{"drop", {.kind = FAULT_DROP}},
	{"wrong-count", {.kind = FAULT_WRONG_COUNT}},
	{"invalid-chars", {.kind = FAULT_INVALID_CHARS}},
	{"billion-laughs", {.kind = FAULT_LAUGHS}},
	{"oversized", {.kind = FAULT_OVERSIZED, .bytes = 100 * 1024 * 1024}},
	{"gzip-declared", {.kind = FAULT_GZIP_DECLARED}},
};

bool faults_describe(const char *name, struct fault *out_fault)
{
	int64_t status;

	if (strlen(name) == 3 && parse_int64(name, 3, 200, 599, &status)) {
		*out_fault = (struct fault){
			.kind = FAULT_STATUS,
			.status = (unsigned)status,
		};
		if (status == 429 || status == 503)
			(void)snprintf(out_fault->retry_after, FAULT_WORD, "1");
		return true;
	}
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(name, kinds[i].name) == 0) {
			*out_fault = kinds[i].fault;
			return true;
		}
	}
	return false;
}

bool faults_order(struct faults *faults, const struct fault *fault)
{
	if (faults->count == FAULTS_MAX)
		return false;
	faults->queue[faults->count++] = *fault;
	return true;
}

void faults_clear(struct faults *faults)
{
	faults->count = 0;
}

static bool fits(
	const struct fault *fault, const char *operation, const struct roll *roll)
{
	if (fault->operation[0] != '\0' &&
		(operation == NULL || strcmp(operation, fault->operation) != 0))
		return false;
	return fault->mailbox[0] == '\0' || roll_has(roll, fault->mailbox);
}

struct fault faults_take(
	struct faults *faults, const char *operation, const struct roll *roll)
{
	struct fault taken = {.kind = FAULT_NONE};

	for (size_t i = 0; i < faults->count; i++) {
		struct fault *fault = faults->queue + i;

		if (!fits(fault, operation, roll))
			continue;
		taken = *fault;
		if (fault->left > 0 && --fault->left == 0) {
			faults->count--;
			memmove(fault, fault + 1, (faults->count - i) * sizeof *fault);
		}
		break;
	}
	return taken;
}
