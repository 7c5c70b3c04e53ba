#include "exchange/script.h"
#include "exchange/server.h"
#include "exchange/streams.h"
#include "exchange/visit.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

static bool read_file(const char *path, struct buf *out_text)
{
	FILE *file = fopen(path, "r");
	char bytes[4096];
	size_t n;

	if (file == NULL)
		return false;
	do {
		n = fread(bytes, 1, sizeof bytes, file);
		buf_add(out_text, bytes, n);
	} while (n == sizeof bytes);
	return fclose(file) == 0 && !out_text->failed;
}

static bool load_calendar(struct sim *sim, const char *path)
{
	char error[SCRIPT_ERROR_TEXT];
	struct buf text;
	bool ok;

	buf_init(&text, VISIT_MAX_BODY);
	ok = read_file(path, &text);
	if (!ok)
		(void)fprintf(stderr, "exchange-sim: cannot read \"%s\"\n", path);
	else if (!script_run(&sim->calendar, buf_text(&text), text.len,
			 clock_wall_ms() / 1000, error)) {
		(void)fprintf(stderr, "exchange-sim: \"%s\": %s\n", path, error);
		ok = false;
	}
	buf_finish(&text);
	return ok;
}

static bool prepare(struct sim *sim)
{
	const struct options *options = &sim->options;

	if (options->password != NULL) {
		sim->user = strdup(options->user);
		sim->password = strdup(options->password);
		if (sim->user == NULL || sim->password == NULL)
			return false;
	}
	if (options->xsd != NULL) {
		sim->schema = schema_create(options->xsd);
		if (sim->schema == NULL) {
			(void)fprintf(stderr, "exchange-sim: no schema in \"%s\"\n",
				options->xsd);
			return false;
		}
	}
	return options->calendar == NULL || load_calendar(sim, options->calendar);
}

/* The signature is the calendar's. */
static void tell_streams(void *context, const struct calendar_mailbox *mailbox,
	enum calendar_change change, int64_t event)
{
	streams_tell(context, mailbox, change, event);
}

int main(int argc, char **argv)
{
	struct sim *sim = calloc(1, sizeof *sim);
	int parsed;
	int status = 1;

	if (sim == NULL)
		return 1;
	streaming_init(&sim->streaming);
	sim->calendar.changed = tell_streams;
	sim->calendar.context = sim;
	parsed = options_parse(argc, argv, &sim->options);
	if (parsed != 0) {
		status = parsed > 0 ? 0 : 2;
		goto free_sim;
	}
	if (prepare(sim) && server_run(sim) == 0)
		status = 0;
	streaming_finish(&sim->streaming);
	calendar_finish(&sim->calendar);
	stats_finish(&sim->stats);
	schema_destroy(sim->schema);
	free(sim->user);
	free(sim->password);
	free(sim->token);
	xmlCleanupParser();
free_sim:
	free(sim);
	return status;
}
