#include "graph/operations/graph_error.h"

#include "base/line.h"
#include "graph/json/graph_json.h"
#include "graph/operations/graph_code.h"

#include <stdio.h>
#include <string.h>

#define INNER_MAX 8

/* Both spellings occur. */
static const json_t *inner(const json_t *error)
{
	const json_t *found = json_object_get(error, "innerError");
	return found ? found : json_object_get(error, "innererror");
}

void graph_error_read(const json_t *answer, struct graph_error *out_error)
{
	*out_error = (struct graph_error){.is_json = answer != NULL};
	const json_t *error = json_object_get(answer, "error");
	if (!error || json_is_null(error))
		return;
	out_error->told = true;
	const char *text = json_is_string(error) ? json_string_value(error)
						 : graph_json_text(error, "message");
	if (text)
		line_copy(out_error->text, sizeof out_error->text, text, strlen(text));
	for (unsigned i = 0; error && i < INNER_MAX; i++, error = inner(error)) {
		const char *code = graph_json_text(error, "code");
		if (code && (graph_code_find(code) || i == 0))
			line_copy(out_error->code, sizeof out_error->code, code,
				strlen(code));
	}
}
