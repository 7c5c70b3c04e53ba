#include "gateway/polling/mailboxes.h"

#include "gateway/limits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64u

static void destroy(struct mailbox *mailbox)
{
	query_mode_done(&mailbox->mode);
	free(mailbox);
}

void mailbox_release(struct mailbox *mailbox)
{
	for (size_t i = 0; i < mailbox->n_entries; i++)
		if (mailbox->entries[i].place == SCHEDULE_DRAWN)
			return;
	destroy(mailbox);
}

/* Numbers come one after the other, which is as good as a hash. */
static size_t bucket_of(const struct mailboxes *mailboxes, uint32_t id)
{
	return id & (mailboxes->cap - 1);
}

void mailboxes_finish(struct mailboxes *mailboxes)
{
	for (size_t i = 0; i < mailboxes->cap; i++) {
		struct mailbox *mailbox = mailboxes->buckets[i];
		while (mailbox) {
			struct mailbox *next = mailbox->next;
			destroy(mailbox);
			mailbox = next;
		}
	}
	free(mailboxes->buckets);
	*mailboxes = (struct mailboxes){0};
}

struct mailbox *mailboxes_find(const struct mailboxes *mailboxes, uint32_t id)
{
	if (mailboxes->cap == 0)
		return NULL;
	struct mailbox *mailbox = mailboxes->buckets[bucket_of(mailboxes, id)];
	while (mailbox && mailbox->id != id)
		mailbox = mailbox->next;
	return mailbox;
}

static void link_in(struct mailboxes *mailboxes, struct mailbox *mailbox)
{
	struct mailbox **bucket = &mailboxes->buckets[bucket_of(mailboxes, mailbox->id)];
	mailbox->next = *bucket;
	*bucket = mailbox;
}

static bool grow(struct mailboxes *mailboxes)
{
	struct mailboxes larger = {.cap = mailboxes->cap ? 2 * mailboxes->cap : FIRST_CAP,
		.n = mailboxes->n,
		.calendars_only = mailboxes->calendars_only};
	larger.buckets = calloc(larger.cap, sizeof(struct mailbox *));
	if (!larger.buckets)
		return false;
	for (size_t i = 0; i < mailboxes->cap; i++) {
		struct mailbox *mailbox = mailboxes->buckets[i];
		while (mailbox) {
			struct mailbox *next = mailbox->next;
			link_in(&larger, mailbox);
			mailbox = next;
		}
	}
	free(mailboxes->buckets);
	*mailboxes = larger;
	return true;
}

struct mailbox *mailboxes_add(
	struct mailboxes *mailboxes, uint32_t id, const char *address)
{
	assert(!mailboxes_find(mailboxes, id));
	if (mailboxes->n >= GATEWAY_MAILBOXES_MAX ||
		(mailboxes->n >= mailboxes->cap && !grow(mailboxes)))
		return NULL;
	uint8_t n = mailboxes->calendars_only ? 1 : MAILBOX_SCHEDULES;
	size_t entries_size = n * sizeof(struct schedule_entry);
	size_t size = strlen(address) + 1;
	struct mailbox *mailbox = malloc(sizeof(*mailbox) + entries_size + size);
	if (!mailbox)
		return NULL;
	char *end = (char *)mailbox->entries + entries_size;
	*mailbox = (struct mailbox){.id = id, .address = end, .n_entries = n};
	memset(mailbox->entries, 0, entries_size);
	memcpy(end, address, size);
	link_in(mailboxes, mailbox);
	mailboxes->n++;
	return mailbox;
}

void mailboxes_remove(struct mailboxes *mailboxes, struct mailbox *mailbox)
{
	struct mailbox **link = &mailboxes->buckets[bucket_of(mailboxes, mailbox->id)];
	while (*link != mailbox)
		link = &(*link)->next;
	*link = mailbox->next;
	mailboxes->n--;
	mailbox->dropped = true;
	mailbox_release(mailbox);
}

struct mailbox *mailboxes_after(
	const struct mailboxes *mailboxes, const struct mailbox *mailbox)
{
	if (mailbox && mailbox->next)
		return mailbox->next;
	size_t i = mailbox ? bucket_of(mailboxes, mailbox->id) + 1 : 0;
	while (i < mailboxes->cap && !mailboxes->buckets[i])
		i++;
	return i < mailboxes->cap ? mailboxes->buckets[i] : NULL;
}
