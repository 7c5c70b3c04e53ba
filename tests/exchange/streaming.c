#include "exchange/streaming.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEARTBEAT_MS = 45000,
	CONNECTIONS = 10,
	SUBSCRIPTIONS = 5000,
};

void streaming_init(struct streaming *streaming)
{
	*streaming = (struct streaming){
		.rules = {.heartbeat_ms = HEARTBEAT_MS,
			.connections = CONNECTIONS,
			.subscriptions = SUBSCRIPTIONS},
		.generation = 1,
	};
	buf_init(&streaming->replay, STREAMING_MAX_REPLAY);
}

void streaming_finish(struct streaming *streaming)
{
	streaming_forget_all(streaming);
	buf_finish(&streaming->replay);
}

void streaming_forget_all(struct streaming *streaming)
{
	/* The analyzer does not see that the head of the table moves on. */
	while (streaming->subscriptions != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		streaming_forget(streaming, streaming->subscriptions);
}

struct subscription *streaming_find(const struct streaming *streaming, const char *id)
{
	struct subscription *found;

	HASH_FIND_STR(streaming->subscriptions, id, found);
	return found;
}

struct subscription *streaming_make(struct streaming *streaming)
{
	struct subscription *made = calloc(1, sizeof *made);

	if (made == NULL)
		return NULL;
	(void)snprintf(made->id, sizeof made->id,
		"JgBjZXhjaDAxLmV4YW1wbGU%lld+%016llx=", (long long)streaming->generation,
		(long long)++streaming->made);
	buf_init(&made->pending, STREAMING_PENDING);
	HASH_ADD_STR(streaming->subscriptions, id, made);
	return made;
}

void streaming_forget(struct streaming *streaming, struct subscription *subscription)
{
	/* The analyzer does not follow how the head of the table moves on. */
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	HASH_DEL(streaming->subscriptions, subscription);
	buf_finish(&subscription->pending);
	free(subscription->error);
	free(subscription);
}

int64_t streaming_expire(struct streaming *streaming, int64_t now_ms)
{
	struct subscription *each;
	struct subscription *next;
	int64_t n = 0;

	HASH_ITER (hh, streaming->subscriptions, each, next) {
		if (streaming->rules.expires_ms == 0 || each->stream != NULL ||
			now_ms - each->idle_ms < streaming->rules.expires_ms)
			continue;
		n += each->error == NULL;
		streaming_forget(streaming, each);
	}
	return n;
}

int64_t streaming_count(
	const struct streaming *streaming, const struct calendar_mailbox *mailbox)
{
	const struct subscription *each;
	const struct subscription *next;
	int64_t n = 0;

	HASH_ITER (hh, streaming->subscriptions, each, next)
		n += each->mailbox == mailbox && each->error == NULL;
	return n;
}

void streaming_server(const struct streaming *streaming,
	const struct calendar_mailbox *mailbox, char out_cookie[STREAMING_NAME])
{
	(void)snprintf(out_cookie, STREAMING_NAME, "%s~%lld",
		mailbox->server[0] != '\0' ? mailbox->server : "EXCH01",
		(long long)streaming->generation);
}

bool streaming_is_current(const struct streaming *streaming, const char *cookie)
{
	const char *generation = strrchr(cookie, '~');
	char text[32];

	(void)snprintf(text, sizeof text, "~%lld", (long long)streaming->generation);
	return generation != NULL && strcmp(generation, text) == 0;
}
