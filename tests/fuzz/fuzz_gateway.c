#include "gateway/protocol/messages.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is decoded encodes to the bytes that it came from. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gateway_decoder decoder = {0};
	struct gateway_message message;
	struct buf buf;
	const char *bytes = (const char *)data;
	buf_init(&buf, 2 * (size_t)GATEWAY_MESSAGE_MAX);
	for (;;) {
		long length = gateway_decode(&decoder, bytes, size, &message);
		if (length <= 0)
			break;
		buf_reset(&buf);
		gateway_encode(&buf, &message);
		if (buf.failed || buf.len != (size_t)length ||
			memcmp(buf.data, bytes, buf.len) != 0)
			abort();
		bytes += length;
		size -= (size_t)length;
	}
	buf_finish(&buf);
	gateway_decoder_finish(&decoder);
	return 0;
}
