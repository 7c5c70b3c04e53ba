#include "ews/reading/load.h"

#include "ews/limits.h"

void load_init(struct load *load)
{
	*load = (struct load){.most = AVAILABILITY_MAILBOXES_MAX};
}

void load_refused(struct load *load, size_t n, int64_t now_ms)
{
	size_t half = n > 1 ? n / 2 : 1;
	if (half < load->most)
		load->most = half;
	load->grown_ms = now_ms;
}

void load_good(struct load *load, int64_t now_ms)
{
	if (load->most == AVAILABILITY_MAILBOXES_MAX ||
		now_ms - load->grown_ms < LOAD_GROW_MS)
		return;
	load->most += LOAD_GROW;
	if (load->most > AVAILABILITY_MAILBOXES_MAX)
		load->most = AVAILABILITY_MAILBOXES_MAX;
	load->grown_ms = now_ms;
}
