#include "exchange/schema.h"

#include "exchange/soap.h"
#include "exchange/walk.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

struct schema {
	xmlSchema *compiled;       // owned
	xmlSchemaValidCtxt *valid; // owned
};

/* Where the first complaint of a validation goes. */
struct complaint {
	char *text;
	size_t size;
};

/* The type of the second parameter is libxml2's. */
static void note_first(void *user, xmlError *error)
{
	struct complaint *complaint = user;
	int n;

	if (complaint->text[0] != '\0')
		return;
	n = snprintf(complaint->text, complaint->size, "line %d: %s", error->line,
		error->message);
	if (n > 0 && (size_t)n < complaint->size && complaint->text[n - 1] == '\n')
		complaint->text[n - 1] = '\0';
}

struct schema *schema_create(const char *folder)
{
	struct schema *schema = calloc(1, sizeof *schema);
	xmlSchemaParserCtxt *parser = NULL;
	char path[1000];

	if (schema == NULL)
		return NULL;
	(void)snprintf(path, sizeof path, "%s/exchange2016/ews-body.xsd", folder);
	parser = xmlSchemaNewParserCtxt(path);
	if (parser == NULL)
		goto destroy;
	schema->compiled = xmlSchemaParse(parser);
	xmlSchemaFreeParserCtxt(parser);
	if (schema->compiled == NULL)
		goto destroy;
	schema->valid = xmlSchemaNewValidCtxt(schema->compiled);
	if (schema->valid == NULL)
		goto destroy;
	return schema;
destroy:
	schema_destroy(schema);
	return NULL;
}

void schema_destroy(struct schema *schema)
{
	if (schema == NULL)
		return;
	xmlSchemaFreeValidCtxt(schema->valid);
	xmlSchemaFree(schema->compiled);
	free(schema);
}

bool schema_check(struct schema *schema, xmlNode *element, char *out_why, size_t size)
{
	struct complaint complaint = {out_why, size};

	out_why[0] = '\0';
	xmlSchemaSetValidStructuredErrors(schema->valid, note_first, &complaint);
	return xmlSchemaValidateOneElement(schema->valid, element) == 0;
}

static bool check_body(
	struct schema *schema, const xmlDoc *doc, char *out_why, size_t size)
{
	const xmlNode *root = xmlDocGetRootElement(doc);
	struct walk walk = walk_into(root);
	const xmlNode *body;

	(void)walk_take(&walk, SOAP_NS, "Header");
	body = walk_take(&walk, SOAP_NS, "Body");
	if (!walk_is(root, SOAP_NS, "Envelope") || body == NULL ||
		walk_into(body).next == NULL) {
		(void)snprintf(out_why, size, "no envelope with a body");
		return false;
	}
	return walk_is(walk_into(body).next, SOAP_NS, "Fault") ||
	       schema_check(schema, walk_into(body).next, out_why, size);
}

bool schema_check_message(
	struct schema *schema, const char *text, size_t n, char *out_why, size_t size)
{
	xmlDoc *doc = NULL;
	bool ok;

	if (n <= INT32_MAX)
		doc = xmlReadMemory(text, (int)n, NULL, NULL,
			XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (doc == NULL) {
		(void)snprintf(out_why, size, "not well-formed");
		return false;
	}
	ok = check_body(schema, doc, out_why, size);
	xmlFreeDoc(doc);
	return ok;
}
