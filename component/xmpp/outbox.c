/* A table that cannot grow leaves the new element out instead of ending the program. */
#define HASH_NONFATAL_OOM 1
#include "component/xmpp/outbox.h"

#include "base/jid.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <utlist.h>

/* What a tag takes besides the addresses, which can grow sixfold in escaping. */
#define TAG_SIZE 256

struct pair {
	const struct name *from;
	const struct name *to;
};

/* One stanza that waits: an availability, which has a body, or text. */
struct entry {
	struct entry *prev;
	struct entry *next;
	UT_hash_handle hh; // of availabilities, by pair
	struct pair pair;
	struct name *from; // owned reference, NULL for text
	struct name *to;   // likewise
	struct body *body; // owned reference, NULL for text
	bool passed;       // what has to come before its next one stands behind this
	size_t len;
	char text[];
};

struct outbox {
	struct names *names; // borrowed
	struct entry *queue; // owned, first to last
	struct entry *pairs; // entry::hh
	size_t length;
	size_t texts;
	size_t text_bytes;
	uint64_t taken;
	uint64_t merged;
	char id[];
};

struct body *body_create(bool unavailable, const char *xml, size_t n)
{
	struct body *body = malloc(sizeof(*body) + n);

	if (!body)
		return NULL;
	body->refs = 1;
	body->unavailable = unavailable;
	body->len = n;
	if (n > 0)
		memcpy(body->xml, xml, n);
	return body;
}

struct body *body_ref(struct body *body)
{
	body->refs++;
	return body;
}

void body_put(struct body *body)
{
	if (!body)
		return;
	assert(body->refs > 0);
	if (--body->refs == 0)
		free(body);
}

bool body_equal(const struct body *a, const struct body *b)
{
	if (!a || !b || a == b)
		return a == b;
	return a->unavailable == b->unavailable && a->len == b->len &&
	       memcmp(a->xml, b->xml, a->len) == 0;
}

struct outbox *outbox_create(struct names *names, const char *id)
{
	size_t n = strlen(id) + 1;
	struct outbox *outbox = calloc(1, sizeof(*outbox) + n);

	if (!outbox)
		return NULL;
	outbox->names = names;
	memcpy(outbox->id, id, n);
	return outbox;
}

static struct entry *find(
	const struct outbox *outbox, const struct name *from, const struct name *to)
{
	struct pair pair = {.from = from, .to = to};
	struct entry *entry;

	/* The analyzer loses the key in uthash's mixing of bytes. */
	/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
	HASH_FIND(hh, outbox->pairs, &pair, sizeof(pair), entry);
	return entry;
}

static void drop(struct outbox *outbox, struct entry *entry)
{
	DL_DELETE(outbox->queue, entry);
	outbox->length--;
	if (entry->body) {
		/* An entry with a body is in the table, whose head then has one too. */
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
		HASH_DEL(outbox->pairs, entry);
		names_put(outbox->names, entry->from);
		names_put(outbox->names, entry->to);
		body_put(entry->body);
	} else {
		outbox->texts--;
		outbox->text_bytes -= entry->len;
	}
	free(entry);
}

static void append(struct outbox *outbox, struct entry *entry)
{
	DL_APPEND(outbox->queue, entry);
	outbox->length++;
}

void outbox_clear(struct outbox *outbox)
{
	while (outbox->queue)
		drop(outbox, outbox->queue);
}

void outbox_destroy(struct outbox *outbox)
{
	if (!outbox)
		return;
	outbox_clear(outbox);
	free(outbox);
}

/* An availability to one client of his stands in the order of those to him: the next one
 * to him comes behind it. */
static void pass_bare(
	const struct outbox *outbox, const struct name *from, const struct name *to)
{
	size_t n = jid_bare_length(to->text);
	const struct name *bare;
	struct entry *waiting;
	char text[JID_SIZE];

	if (n == to->len || n >= sizeof(text))
		return;
	memcpy(text, to->text, n);
	text[n] = '\0';
	bare = names_find(outbox->names, text);
	waiting = bare == NULL ? NULL : find(outbox, from, bare);
	if (waiting)
		waiting->passed = true;
}

/* The newer availability stands where the older stood, or behind what has passed that. */
static void replace(struct outbox *outbox, struct entry *waiting, struct body *body)
{
	struct body *old = waiting->body;

	waiting->body = body_ref(body);
	body_put(old);
	outbox->merged++;
	if (!waiting->passed)
		return;
	waiting->passed = false;
	DL_DELETE(outbox->queue, waiting);
	DL_APPEND(outbox->queue, waiting);
}

bool outbox_availability(
	struct outbox *outbox, struct name *from, struct name *to, struct body *body)
{
	struct entry *entry = find(outbox, from, to);

	if (body->len + 6 * (from->len + to->len) + TAG_SIZE > OUTBOX_STANZA_MAX)
		return false;
	if (entry) {
		replace(outbox, entry, body);
		return true;
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return false;
	entry->pair = (struct pair){.from = from, .to = to};
	HASH_ADD(hh, outbox->pairs, pair, sizeof(entry->pair), entry);
	if (!entry->hh.tbl) {
		free(entry);
		return false;
	}
	entry->from = name_ref(from);
	entry->to = name_ref(to);
	entry->body = body_ref(body);
	append(outbox, entry);
	pass_bare(outbox, from, to);
	return true;
}

bool outbox_stanza(struct outbox *outbox, struct name *from, struct name *to,
	const char *text, size_t n)
{
	struct entry *waiting = find(outbox, from, to);
	struct entry *entry;

	if (n > OUTBOX_STANZA_MAX || outbox->texts == OUTBOX_STANZAS_MAX ||
		n > OUTBOX_BYTES_MAX - outbox->text_bytes)
		return false;
	entry = malloc(sizeof(*entry) + n);
	if (!entry)
		return false;
	*entry = (struct entry){.len = n};
	memcpy(entry->text, text, n);
	if (waiting)
		waiting->passed = true;
	outbox->texts++;
	outbox->text_bytes += n;
	append(outbox, entry);
	return true;
}

static void put_address(struct buf *buf, const char *attr, const struct name *name)
{
	buf_puts(buf, attr);
	buf_put_xml_bytes(buf, name->text, name->len);
}

static void render(
	const struct outbox *outbox, const struct entry *entry, struct buf *buf)
{
	if (!entry->body) {
		buf_add(buf, entry->text, entry->len);
		return;
	}
	buf_puts(buf,
		entry->body->unavailable ? "<presence type='unavailable'" : "<presence");
	put_address(buf, " from='", entry->from);
	put_address(buf, "' to='", entry->to);
	buf_puts(buf, "' id='");
	buf_put_xml(buf, outbox->id);
	buf_puts(buf, "'>");
	buf_add(buf, entry->body->xml, entry->body->len);
	buf_puts(buf, "</presence>");
}

size_t outbox_take(struct outbox *outbox, struct buf *buf, size_t most)
{
	size_t start = buf->len;
	size_t n = 0;

	while (outbox->queue) {
		size_t before = buf->len;

		render(outbox, outbox->queue, buf);
		if (buf->failed || buf->len - start > most) {
			buf_cut(buf, before);
			break;
		}
		drop(outbox, outbox->queue);
		n++;
	}
	outbox->taken += n;
	return n;
}

size_t outbox_length(const struct outbox *outbox)
{
	return outbox->length;
}

bool outbox_has_room(const struct outbox *outbox)
{
	return outbox->length < OUTBOX_FULL;
}

const char *outbox_id(const struct outbox *outbox)
{
	return outbox->id;
}

uint64_t outbox_taken(const struct outbox *outbox)
{
	return outbox->taken;
}

uint64_t outbox_merged(const struct outbox *outbox)
{
	return outbox->merged;
}
