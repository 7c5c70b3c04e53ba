/* reallocarray() */
#define _DEFAULT_SOURCE

#include "component/rosters/roster_read.h"

#include "base/jid.h"
#include "component/xmpp/iq.h"

#include <stdlib.h>
#include <string.h>

struct list {
	struct names *names;
	struct name **all;
	size_t n;
	size_t cap;
};

static bool list_add(struct list *list, const char *text)
{
	char bare[JID_SIZE];
	struct jid jid;

	if (!text || !jid_parse(text, &jid))
		return true;
	jid_print_bare(&jid, bare);
	if (list->n == list->cap) {
		size_t cap = list->cap == 0 ? 16 : list->cap * 2;
		struct name **all = reallocarray(list->all, cap, sizeof(*all));

		if (!all)
			return false;
		list->all = all;
		list->cap = cap;
	}
	list->all[list->n] = names_get(list->names, bare);
	if (!list->all[list->n])
		return false;
	list->n++;
	return true;
}

static void list_finish(struct list *list)
{
	for (size_t i = 0; i < list->n; i++)
		names_put(list->names, list->all[i]);
	free(list->all);
}

static int by_pointer(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t) * (struct name *const *)a;
	uintptr_t y = (uintptr_t) * (struct name *const *)b;

	return x < y ? -1 : x > y;
}

static void sort(struct list *list)
{
	size_t kept = 0;

	if (list->n == 0)
		return;
	qsort(list->all, list->n, sizeof(*list->all), by_pointer);
	for (size_t i = 1; i < list->n; i++) {
		if (list->all[i] == list->all[kept])
			names_put(list->names, list->all[i]);
		else
			list->all[++kept] = list->all[i];
	}
	list->n = kept + 1;
}

static bool sees_her(const struct element *item)
{
	const char *subscription = element_attr(item, "subscription");

	return subscription &&
	       (strcmp(subscription, "from") == 0 || strcmp(subscription, "both") == 0);
}

static bool read_items(struct list *list, const struct element *items, bool contacts)
{
	const struct element *item = element_first(items);

	for (; item && list->n < CONTACTS_PER_PERSON_MAX; item = element_next(item)) {
		if (strcmp(element_name(item), "item") != 0 ||
			(contacts && !sees_her(item)))
			continue;
		if (!list_add(list, element_attr(item, "jid")))
			return false;
	}
	sort(list);
	return true;
}

static bool read_list(struct names *names, const struct element *items, bool contacts,
	struct name ***out_names, size_t *out_n)
{
	struct list list = {.names = names};

	if (!items)
		return false;
	if (!read_items(&list, items, contacts)) {
		list_finish(&list);
		return false;
	}
	*out_names = list.all;
	*out_n = list.n;
	return true;
}

bool roster_read_contacts(struct names *names, const struct element *iq,
	struct name ***out_names, size_t *out_n)
{
	return read_list(names, element_child(iq, "jabber:iq:roster", "query"), true,
		out_names, out_n);
}

/* Where nobody can block, nobody is blocked. */
static bool knows_no_blocking(const struct element *iq)
{
	return iq_error_is(iq, "service-unavailable") ||
	       iq_error_is(iq, "feature-not-implemented");
}

bool roster_read_blocked(struct names *names, const struct element *iq, const char *ns,
	struct name ***out_names, size_t *out_n)
{
	const struct element *at = element_child(iq, ns, "privilege");

	at = at ? element_child(at, "urn:xmpp:forward:0", "forwarded") : NULL;
	at = at ? element_child(at, "jabber:client", "iq") : NULL;
	if (at && knows_no_blocking(at)) {
		*out_names = NULL;
		*out_n = 0;
		return true;
	}
	at = at ? element_child(at, "urn:xmpp:blocking", "blocklist") : NULL;
	return read_list(names, at, false, out_names, out_n);
}
