#include "component/workers/worker_settings.h"

#include <stdlib.h>
#include <string.h>

static size_t size_of(const char *text)
{
	return strlen(text) + 1;
}

/* Moves the text into the room at *end. */
static void adopt(const char **text, char **end)
{
	size_t size = size_of(*text);
	memcpy(*end, *text, size);
	*text = *end;
	*end += size;
}

int worker_settings_init(
	struct worker_settings *settings, const struct gateway_configure *configure)
{
	*settings = (struct worker_settings){.configure = *configure};
	struct gateway_configure *own = &settings->configure;
	settings->texts =
		malloc(size_of(own->name) + size_of(own->url) + size_of(own->auth) +
			size_of(own->username) + size_of(own->ca_file) +
			size_of(own->proxy) + size_of(own->no_proxy));
	if (!settings->texts || !secret_set(&settings->password, configure->password,
					configure->password_len))
		return -1;
	char *end = settings->texts;
	adopt(&own->name, &end);
	adopt(&own->url, &end);
	adopt(&own->auth, &end);
	adopt(&own->username, &end);
	adopt(&own->ca_file, &end);
	adopt(&own->proxy, &end);
	adopt(&own->no_proxy, &end);
	own->password = settings->password.bytes;
	return 0;
}

void worker_settings_finish(struct worker_settings *settings)
{
	free(settings->texts);
	secret_finish(&settings->password);
	*settings = (struct worker_settings){0};
}
