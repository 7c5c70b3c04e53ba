#include "exchange/changes.h"

#include "exchange/civil.h"

#include <string.h>

static const char *const names[CHANGES] = {
	[CHANGE_COPIED] = "CopiedEvent",
	[CHANGE_CREATED] = "CreatedEvent",
	[CHANGE_DELETED] = "DeletedEvent",
	[CHANGE_MODIFIED] = "ModifiedEvent",
	[CHANGE_MOVED] = "MovedEvent",
	[CHANGE_NEW_MAIL] = "NewMailEvent",
	[CHANGE_FREE_BUSY] = "FreeBusyChangedEvent",
};

bool changes_parse(const char *name, enum change *out_change)
{
	for (int i = 0; i < CHANGES; i++) {
		if (strcmp(name, names[i]) == 0) {
			*out_change = (enum change)i;
			return true;
		}
	}
	return false;
}

static void put_item(struct buf *out, const char *element, int64_t event)
{
	buf_printf(out, "<t:%s Id=\"AAMkADk%016llX\" ChangeKey=\"DwAAABYAAAA=\"/>",
		element, (unsigned long long)event);
}

static void put_folder(struct buf *out, const char *element, const char *id)
{
	buf_printf(out, "<t:%s Id=\"AQMkADk%s\" ChangeKey=\"AQAAAA==\"/>", element, id);
}

/* event 0: the folder itself. */
static void put(struct buf *out, enum change change, int64_t event, int64_t now_s)
{
	char now[CIVIL_TEXT];

	civil_format(now_s, now);
	buf_printf(out, "<t:%s><t:TimeStamp>%sZ</t:TimeStamp>", names[change], now);
	if (event != 0)
		put_item(out, "ItemId", event);
	else
		put_folder(out, "FolderId", "Calendar");
	put_folder(out, "ParentFolderId",
		event == 0               ? "Root"
		: change == CHANGE_MOVED ? "DeletedItems"
					 : "Calendar");
	if (change == CHANGE_MOVED) {
		put_item(out, "OldItemId", event);
		put_folder(out, "OldParentFolderId", "Calendar");
	}
	buf_printf(out, "</t:%s>", names[change]);
}

unsigned changes_put(struct buf *out, enum calendar_change change, int64_t event,
	unsigned wanted, int64_t now_s)
{
	static const struct {
		enum change change;
		bool is_of_item;
	} added[] = {{CHANGE_CREATED, true}, {CHANGE_MODIFIED, true},
		{CHANGE_FREE_BUSY, true}, {CHANGE_MODIFIED, false}},
	  cancelled[] = {{CHANGE_MOVED, true}, {CHANGE_FREE_BUSY, true},
		  {CHANGE_MODIFIED, false}};
	bool is_added = change == CALENDAR_ADDED;
	size_t count = is_added ? sizeof added / sizeof *added
				: sizeof cancelled / sizeof *cancelled;
	unsigned n = 0;

	for (size_t i = 0; i < count; i++) {
		enum change each = is_added ? added[i].change : cancelled[i].change;
		bool is_of_item =
			is_added ? added[i].is_of_item : cancelled[i].is_of_item;

		if ((wanted & 1u << each) == 0)
			continue;
		put(out, each, is_of_item ? event : 0, now_s);
		n++;
	}
	return n;
}
