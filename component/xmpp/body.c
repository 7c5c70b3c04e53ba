#include "component/xmpp/outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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
