#include "exchange/bearer.h"

#include <string.h>

bool bearer_is_there(const struct visit *visit)
{
	return strncmp(visit_header(visit, "Authorization"), "Bearer ", 7) == 0;
}

bool bearer_is_right(const struct visit *visit)
{
	const char *token = visit->sim->token;

	return token != NULL && *token != '\0' &&
	       strcmp(visit_header(visit, "Authorization") + 7, token) == 0;
}
