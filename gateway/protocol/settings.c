#include "gateway/protocol/settings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The order is that of the message. */
static const char **text_of(struct gateway_configure *configure, size_t i)
{
	const char **const texts[] = {
		&configure->name,
		&configure->kind,
		&configure->url,
		&configure->auth,
		&configure->username,
		&configure->ca_file,
		&configure->client_certificate,
		&configure->client_key,
		&configure->tls_min,
		&configure->proxy,
		&configure->no_proxy,
		&configure->proxy_username,
		&configure->keytab,
		&configure->principal,
		&configure->service_name,
		&configure->authority,
		&configure->tenant,
		&configure->client_id,
		&configure->scope,
		&configure->certificate_file,
		&configure->key_file,
		&configure->flow,
		&configure->token_file,
		&configure->anchor_mailbox,
		&configure->autodiscover_hosts,
		&configure->autodiscover_url,
		&configure->keyword_filter,
	};
	_Static_assert(
		sizeof texts / sizeof *texts == GATEWAY_TEXTS, "each has a number");
	assert(i < GATEWAY_TEXTS);
	return texts[i];
}

const char *gateway_text(const struct gateway_configure *configure, size_t i)
{
	struct gateway_configure copy = *configure;
	return *text_of(&copy, i);
}

void gateway_set_text(struct gateway_configure *configure, size_t i, const char *text)
{
	*text_of(configure, i) = text;
}

static const char *text_or_empty(const struct gateway_configure *configure, size_t i)
{
	const char *text = gateway_text(configure, i);
	return text ? text : "";
}

static bool copy_texts(struct gateway_settings *settings)
{
	struct gateway_configure *own = &settings->configure;
	size_t size = 0;
	for (size_t i = 0; i < GATEWAY_TEXTS; i++)
		size += strlen(text_or_empty(own, i)) + 1;
	settings->texts = malloc(size);
	if (!settings->texts)
		return false;
	char *end = settings->texts;
	for (size_t i = 0; i < GATEWAY_TEXTS; i++) {
		const char *text = text_or_empty(own, i);
		size_t n = strlen(text) + 1;
		memcpy(end, text, n);
		gateway_set_text(own, i, end);
		end += n;
	}
	return true;
}

int gateway_settings_init(
	struct gateway_settings *settings, const struct gateway_configure *configure)
{
	*settings = (struct gateway_settings){.configure = *configure};
	struct gateway_configure *own = &settings->configure;
	if (!copy_texts(settings) ||
		!secret_set(&settings->password, configure->password,
			configure->password_len) ||
		!secret_set(&settings->proxy_password, configure->proxy_password,
			configure->proxy_password_len))
		return -1;
	own->password = settings->password.bytes;
	own->proxy_password = settings->proxy_password.bytes;
	return 0;
}

void gateway_settings_finish(struct gateway_settings *settings)
{
	free(settings->texts);
	secret_finish(&settings->password);
	secret_finish(&settings->proxy_password);
	*settings = (struct gateway_settings){0};
}
