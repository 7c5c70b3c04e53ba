#include "gateway/protocol/channel.h"

#include "base/secret.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is read at once is worked off in one turn of the loop. */
#define READ_MAX (64 * 1024)
#define IN_SIZE (GATEWAY_MESSAGE_MAX + 64 * 1024)
#define OUT_FIRST (64 * 1024)
#define OUT_KEPT (1024 * 1024) // a larger buffer is given back when it is empty

int channel_init(struct channel *channel, int fd, size_t out_max)
{
	char *in = calloc(1, IN_SIZE);
	if (!in)
		return -1;
	struct buf out;
	buf_init(&out, out_max);
	/* Room at once: growing would leave copies of a password behind. */
	buf_add(&out, in, OUT_FIRST);
	buf_reset(&out);
	*channel = (struct channel){.fd = fd, .in = in, .out = out};
	return 0;
}

static void wipe_out(struct channel *channel)
{
	if (channel->out.data)
		secret_wipe(channel->out.data, channel->out.cap);
}

void channel_finish(struct channel *channel)
{
	if (!channel->in)
		return;
	(void)close(channel->fd);
	secret_wipe(channel->in, channel->in_len);
	free(channel->in);
	wipe_out(channel);
	buf_finish(&channel->out);
	gateway_decoder_finish(&channel->decoder);
	*channel = (struct channel){.fd = -1};
}

int channel_read(struct channel *channel)
{
	channel->in_len -= channel->in_taken;
	memmove(channel->in, channel->in + channel->in_taken, channel->in_len);
	channel->in_taken = 0;
	size_t room = IN_SIZE - channel->in_len;
	ssize_t n = recv(channel->fd, channel->in + channel->in_len,
		room < READ_MAX ? room : READ_MAX, MSG_DONTWAIT);
	if (n == 0)
		return -1;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	channel->in_len += (size_t)n;
	return 0;
}

int channel_next(struct channel *channel, struct gateway_message *out_message)
{
	long n = gateway_decode(&channel->decoder, channel->in + channel->in_taken,
		channel->in_len - channel->in_taken, out_message);
	if (n <= 0)
		return (int)n;
	channel->in_taken += (size_t)n;
	return 1;
}

void channel_forget(struct channel *channel)
{
	secret_wipe(channel->in, channel->in_taken);
	gateway_decoder_finish(&channel->decoder);
	if (channel->out.len == 0)
		wipe_out(channel);
}

bool channel_send(struct channel *channel, const struct gateway_message *message)
{
	gateway_encode(&channel->out, message);
	return !channel->out.failed;
}

size_t channel_waiting(const struct channel *channel)
{
	return channel->out.len - channel->out_sent;
}

int channel_flush(struct channel *channel)
{
	struct buf *out = &channel->out;
	while (channel->out_sent < out->len) {
		ssize_t n = send(channel->fd, out->data + channel->out_sent,
			out->len - channel->out_sent, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return -1;
		if (n < 0)
			break;
		channel->out_sent += (size_t)n;
	}
	/* Moving the rest to the front costs as much as is moved: not before half is
	 * gone. */
	if (channel->out_sent > out->len / 2) {
		buf_consume(out, channel->out_sent);
		channel->out_sent = 0;
	}
	if (out->len == 0 && out->cap > OUT_KEPT)
		buf_finish(out);
	return 0;
}

int channel_drain(struct channel *channel, size_t low, int timeout_ms)
{
	struct pollfd room = {.fd = channel->fd, .events = POLLOUT};
	while (channel_waiting(channel) >= low) {
		int ready = poll(&room, 1, timeout_ms);
		if (ready == 0 || (ready < 0 && errno != EINTR) ||
			channel_flush(channel) != 0)
			return -1;
	}
	return 0;
}
