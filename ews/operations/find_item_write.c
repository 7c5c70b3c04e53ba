#include "ews/operations/find_item.h"

#include "ews/operations/keyword_filter.h"
#include "ews/soap/datetime.h"

#include <assert.h>

/* Nothing in it says what an entry is about. */
static const char shape[] =
	"<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
	"<t:AdditionalProperties><t:FieldURI FieldURI=\"item:Sensitivity\"/>";

static const char categories[] = "<t:FieldURI FieldURI=\"item:Categories\"/>";

static const char properties[] =
	"<t:FieldURI FieldURI=\"calendar:Start\"/><t:FieldURI FieldURI=\"calendar:End\"/>"
	"<t:FieldURI FieldURI=\"calendar:IsAllDayEvent\"/>"
	"<t:FieldURI FieldURI=\"calendar:LegacyFreeBusyStatus\"/>"
	"<t:FieldURI FieldURI=\"calendar:IsMeeting\"/>"
	"<t:FieldURI FieldURI=\"calendar:IsCancelled\"/>"
	"<t:FieldURI FieldURI=\"calendar:CalendarItemType\"/>"
	"<t:FieldURI FieldURI=\"calendar:MyResponseType\"/>";

static const char organizer[] = "<t:FieldURI FieldURI=\"calendar:Organizer\"/>";

static const char shape_end[] = "</t:AdditionalProperties></m:ItemShape>";

static const char folder[] =
	"<m:ParentFolderIds><t:DistinguishedFolderId Id=\"calendar\"/>"
	"</m:ParentFolderIds></m:FindItem>";

void find_item_write(struct buf *buf, const struct find_item_query *query)
{
	char from[DATETIME_SIZE];
	char to[DATETIME_SIZE];
	assert(query->from < query->to);
	datetime_print(query->from, from);
	datetime_print(query->to, to);
	soap_begin(buf, &query->envelope);
	buf_puts(buf, shape);
	if (keyword_filter_has(query->keyword_filter, KEYWORD_CATEGORY))
		buf_puts(buf, categories);
	buf_puts(buf, properties);
	if (keyword_filter_has(query->keyword_filter, KEYWORD_ORGANIZER))
		buf_puts(buf, organizer);
	buf_puts(buf, shape_end);
	buf_printf(buf,
		"<m:CalendarView MaxEntriesReturned=\"%d\" StartDate=\"%sZ\" "
		"EndDate=\"%sZ\"/>",
		GATEWAY_ENTRIES_MAX, from, to);
	buf_puts(buf, folder);
	soap_end(buf);
}
