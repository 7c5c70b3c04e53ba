#include "exchange/bearer.h"

#include <string.h>

static const char *header(const struct visit *visit, const char *name)
{
	const char *value =
		MHD_lookup_connection_value(visit->connection, MHD_HEADER_KIND, name);

	return value != NULL ? value : "";
}

bool bearer_is_there(const struct visit *visit)
{
	return strncmp(header(visit, "Authorization"), "Bearer ", 7) == 0;
}

bool bearer_is_right(const struct visit *visit)
{
	const char *token = visit->sim->token;

	return token != NULL && *token != '\0' &&
	       strcmp(header(visit, "Authorization") + 7, token) == 0;
}
