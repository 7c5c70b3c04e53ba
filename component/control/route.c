#include "component/control/route.h"

#include "base/parse.h"

#include <string.h>

struct route {
	const char *path;
	const char *method;
	enum control_verb verb;
	bool needs_jid;
};

static const struct route routes[] = {
	{"/status", MHD_HTTP_METHOD_GET, CONTROL_STATUS, false},
	{"/why", MHD_HTTP_METHOD_GET, CONTROL_WHY, true},
	{"/reload", MHD_HTTP_METHOD_POST, CONTROL_RELOAD, false},
	{"/forget", MHD_HTTP_METHOD_POST, CONTROL_FORGET, true},
};

static bool is_set(struct MHD_Connection *connection, const char *option)
{
	const char *value =
		MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, option);

	return value != NULL && strcmp(value, "1") == 0;
}

static const struct route *find_route(const char *path)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (strcmp(routes[i].path, path) == 0)
			return &routes[i];
	}
	return NULL;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static bool has_body(struct MHD_Connection *connection)
{
	const char *length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL ||
	       (length != NULL && strcmp(length, "0") != 0);
}

static bool wants_json(struct MHD_Connection *connection)
{
	const char *format =
		MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "format");
	const char *accept = header(connection, MHD_HTTP_HEADER_ACCEPT);

	if (format != NULL)
		return strcmp(format, "json") == 0;
	return accept != NULL && strstr(accept, "application/json") != NULL;
}

/* "" if there is none; NULL if it is no text. */
static const char *find_jid(struct MHD_Connection *connection)
{
	const char *jid = NULL;
	size_t n = 0;

	if (MHD_lookup_connection_value_n(
		    connection, MHD_GET_ARGUMENT_KIND, "jid", 3, &jid, &n) != MHD_YES ||
		jid == NULL)
		return "";
	return parse_is_xml_text(jid, n) ? jid : NULL;
}

unsigned route_request(struct MHD_Connection *connection, const char *path,
	const char *method, struct control_request *out_request, const char **out_why,
	const char **out_allow)
{
	const struct route *route = find_route(path);
	const char *jid = find_jid(connection);

	if (route == NULL) {
		*out_why = "there is no such page\n";
		return MHD_HTTP_NOT_FOUND;
	}
	if (strcmp(route->method, method) != 0) {
		*out_why = "this page does not know the method\n";
		*out_allow = route->method;
		return MHD_HTTP_METHOD_NOT_ALLOWED;
	}
	if (has_body(connection)) {
		*out_why = "a request has no body here\n";
		return MHD_HTTP_CONTENT_TOO_LARGE;
	}
	if (jid == NULL || (route->needs_jid && jid[0] == '\0')) {
		*out_why = "jid is missing or is no text\n";
		return MHD_HTTP_BAD_REQUEST;
	}
	*out_request = (struct control_request){
		.verb = route->verb,
		.json = wants_json(connection),
		.jid = jid,
		.dry_run = is_set(connection, "dry_run"),
		.force = is_set(connection, "force"),
	};
	return 0;
}
