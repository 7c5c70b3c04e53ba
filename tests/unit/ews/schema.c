#include "schema.h"

#include "corpus.h"
#include "test.h"

#include <stdlib.h>

#include <libxml/xmlschemas.h>

struct schema {
	xmlSchemaPtr schema;
	xmlSchemaValidCtxtPtr valid;
};

struct schema *schema_load(void)
{
	char path[1024];
	size_t n;
	corpus_path(path, sizeof path, "ews/xsd/exchange2016/ews-body.xsd");
	char *present = corpus_load(path, &n);
	if (!present) {
		print_message("no %s: set CALPRESENCE_SHARED\n", path);
		return NULL;
	}
	free(present);
	struct schema *schema = calloc(1, sizeof *schema);
	assert_non_null(schema);
	xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(path);
	schema->schema = xmlSchemaParse(parser);
	assert_non_null(schema->schema);
	xmlSchemaFreeParserCtxt(parser);
	schema->valid = xmlSchemaNewValidCtxt(schema->schema);
	return schema;
}

void schema_free(struct schema *schema)
{
	if (!schema)
		return;
	xmlSchemaFreeValidCtxt(schema->valid);
	xmlSchemaFree(schema->schema);
	free(schema);
	xmlCleanupParser();
}

/* The schema knows what is in Body only, cut out with the namespaces of the envelope. */
bool schema_takes(struct schema *schema, const struct buf *request)
{
	xmlDocPtr doc = xmlReadMemory(request->data, (int)request->len, NULL, NULL, 0);
	assert_non_null(doc);
	xmlNodePtr body = xmlLastElementChild(xmlDocGetRootElement(doc));
	assert_string_equal((const char *)body->name, "Body");
	xmlDocPtr part = xmlNewDoc((const xmlChar *)"1.0");
	xmlNodePtr root = xmlDocCopyNode(xmlFirstElementChild(body), part, 1);
	xmlDocSetRootElement(part, root);
	bool valid = xmlSchemaValidateDoc(schema->valid, part) == 0;
	xmlFreeDoc(part);
	xmlFreeDoc(doc);
	return valid;
}
