#ifndef GATEWAY_PROTOCOL_CHANNEL_H
#define GATEWAY_PROTOCOL_CHANNEL_H

#include "base/buf.h"
#include "gateway/protocol/messages.h"

#include <stdbool.h>
#include <stddef.h>

/* One end of the socket pair between a worker and the main process: whole messages in,
 * whole messages out, nothing that blocks. */
struct channel {
	int fd;   // owned; -1: none
	char *in; // owned
	size_t in_len;
	size_t in_taken;
	struct buf out;
	size_t out_sent;
	struct gateway_decoder decoder;
};

/* Takes over the descriptor, of a stream socket. What waits to be sent may take out_max
 * bytes. -1 when out of memory; the descriptor is then still the caller's. */
int channel_init(struct channel *channel, int fd, size_t out_max)
	__attribute__((warn_unused_result));
/* Closes; wipes what may have held a password. Accepts a zeroed channel. */
void channel_finish(struct channel *channel);

/* Reads once what has come. 0, or -1: the other side is gone. */
int channel_read(struct channel *channel) __attribute__((warn_unused_result));
/* Takes one message of what was read: 1, 0 if none is whole, -1 if it is nonsense. It
 * lives until the next call. */
int channel_next(struct channel *channel, struct gateway_message *out_message)
	__attribute__((warn_unused_result));
/* Wipes the messages taken and, if none waits, those sent, since one held a password. */
void channel_forget(struct channel *channel);

/* Queues a message; false if it does not fit any more. */
bool channel_send(struct channel *channel, const struct gateway_message *message)
	__attribute__((warn_unused_result));
/* Writes what the socket takes. 0, or -1: the other side is gone. */
int channel_flush(struct channel *channel);
/* Waits until less than so many bytes wait to be sent. 0, or -1: the other side is gone,
 * or takes nothing for timeout_ms. */
int channel_drain(struct channel *channel, size_t low, int timeout_ms);
/* How many bytes wait to be sent. */
size_t channel_waiting(const struct channel *channel);

#endif
