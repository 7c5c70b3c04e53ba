#include "component/presence/people.h"
#include "component/presence/report.h"

json_t *report_status(const struct status *status)
{
	return status->n == 0 ? json_null() : json_string(status->texts[0].text);
}

/* What each contact saw last under this client's address, as far as it is our doing; for
 * who is not named here the server's word counts. room: how many may be listed. */
static json_t *told_json(const struct resource *resource, size_t *room)
{
	json_t *list = json_array();

	for (size_t i = 0; i < resource->n_told && i < *room; i++) {
		const struct told *told = &resource->told[i];

		json_array_append_new(
			list, json_pack("{s:s, s:s}", "contact", told->watcher->text,
				      "sees", told->overlaid ? "overlay" : "own"));
	}
	*room -= json_array_size(list);
	return list;
}

/* The inside of a presence stanza, to the letter. */
static json_t *body_json(const struct body *body)
{
	return body == NULL ? json_null() : json_stringn(body->xml, body->len);
}

static size_t count_overlaid(const struct resource *resource)
{
	size_t n = 0;

	for (size_t i = 0; i < resource->n_told; i++)
		n += resource->told[i].overlaid;
	return n;
}

json_t *report_resources(const struct person *person)
{
	json_t *resources = json_array();
	size_t room = REPORT_LISTED_MAX;

	for (const struct resource *r = person->resources; r != NULL; r = r->next)
		json_array_append_new(resources,
			json_pack("{s:s, s:s, s:o, s:i, s:b, s:b, s:I, s:o, s:o, s:o}",
				"resource", resource_name(r), "show", show_name(r->show),
				"status", report_status(&r->status), "priority",
				r->priority, "confirmed", r->confirmed, "overlaid",
				r->overlay != NULL, "contacts_told",
				(json_int_t)count_overlaid(r), "own_xml",
				body_json(r->original), "overlay_xml",
				body_json(r->overlay), "told", told_json(r, &room)));
	return resources;
}
