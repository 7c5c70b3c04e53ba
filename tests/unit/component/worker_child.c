#include "worker_child.h"

#include "gateway/protocol/channel.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int await_message(struct channel *channel, struct gateway_message *out_message)
{
	int got;
	while ((got = channel_next(channel, out_message)) == 0) {
		struct pollfd fd = {.fd = channel->fd, .events = POLLIN};
		(void)poll(&fd, 1, -1);
		if (channel_read(channel))
			return -1;
	}
	return got;
}

static void say_text(struct channel *channel, const char *text)
{
	struct gateway_message message = {.type = GATEWAY_STATE,
		.state = {.health = GATEWAY_UP, .text = text, .last_success = 5}};
	if (channel_send(channel, &message))
		(void)channel_flush(channel);
}

/* What a test looks at: the settings and how the process was started. */
static void say_settings(
	struct channel *channel, const struct gateway_configure *settings)
{
	char text[GATEWAY_TEXT_MAX];
	int stray = 0;
	for (int fd = 4; fd < 64; fd++)
		stray += fcntl(fd, F_GETFD) >= 0;
	(void)snprintf(text, sizeof text,
		"name=%s password=%zu:%s home=%s lang=%s stray=%d", settings->name,
		settings->password_len, settings->password, getenv("HOME") ? "yes" : "no",
		getenv("LANG") ? getenv("LANG") : "no", stray);
	say_text(channel, text);
}

/* Until nobody is there any more. */
static void flood(struct channel *channel)
{
	while (channel_flush(channel) == 0) {
		say_text(channel, "again");
		struct pollfd fd = {.fd = channel->fd, .events = POLLOUT};
		(void)poll(&fd, 1, -1);
	}
}

static void ask_for_grace(struct channel *channel)
{
	struct gateway_message message = {.type = GATEWAY_GRACE, .grace_s = UINT32_MAX};
	if (channel_send(channel, &message))
		(void)channel_flush(channel);
}

static void greet(struct channel *channel, const char *manner,
	const struct gateway_message *message)
{
	if (strcmp(manner, "blocks") == 0)
		ask_for_grace(channel);
	say_settings(channel, &message->configure);
	if (strcmp(manner, "talks nonsense") == 0)
		(void)send(channel->fd, "\xff\xff\xff\xff!", 5, MSG_NOSIGNAL);
	else if (strcmp(manner, "commands") == 0)
		(void)(channel_send(channel,
			       &(struct gateway_message){.type = GATEWAY_STOP}) &&
			channel_flush(channel) == 0);
	else if (strcmp(manner, "floods") == 0)
		flood(channel);
	else if (strcmp(manner, "does not end") == 0)
		(void)signal(SIGTERM, SIG_IGN);
}

int worker_child(const char *manner)
{
	struct channel channel;
	struct gateway_message message;
	if (strcmp(manner, "dies") == 0 || channel_init(&channel, 3, 1024 * 1024))
		return 7;
	while (await_message(&channel, &message) > 0) {
		if (message.type == GATEWAY_CONFIGURE)
			greet(&channel, manner, &message);
		else if (message.type == GATEWAY_WATCH)
			say_text(&channel, message.watch.address);
		else if (message.type == GATEWAY_PING &&
			 channel_send(&channel,
				 &(struct gateway_message){.type = GATEWAY_PONG}))
			(void)channel_flush(&channel);
		else if (message.type == GATEWAY_STOP)
			break;
	}
	while (strcmp(manner, "does not end") == 0)
		(void)pause();
	channel_finish(&channel);
	return 0;
}
