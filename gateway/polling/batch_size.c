#include "gateway/polling/batch_size.h"

void batch_size_init(struct batch_size *size, size_t max)
{
	*size = (struct batch_size){.most = max, .max = max};
}

void batch_size_refused(struct batch_size *size, size_t n, int64_t now_ms)
{
	size_t half = n > 1 ? n / 2 : 1;
	if (half < size->most)
		size->most = half;
	size->grown_ms = now_ms;
}

void batch_size_good(struct batch_size *size, int64_t now_ms)
{
	if (size->most == size->max || now_ms - size->grown_ms < BATCH_SIZE_GROW_MS)
		return;
	size->most += BATCH_SIZE_GROW;
	if (size->most > size->max)
		size->most = size->max;
	size->grown_ms = now_ms;
}
