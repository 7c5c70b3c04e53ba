#ifndef GRAPH_JSON_GRAPH_JSON_H
#define GRAPH_JSON_GRAPH_JSON_H

#include <jansson.h>
#include <stddef.h>

/*
 * JSON as Graph sends it, in which strangers write: whoever may send an invitation has
 * the subject, which comes along with the answer for twenty people. What would make a
 * parser refuse the whole text for one string is replaced before it is parsed.
 */
#define GRAPH_JSON_MAX (16 * 1024 * 1024) // bytes of a text that is read
#define GRAPH_JSON_DEPTH_MAX 32           // of braces and brackets; Graph needs nine
/* A tree takes many times the memory of its text. Twenty people with a thousand entries
 * each are 60,000 objects with 240,000 members. */
#define GRAPH_JSON_OPENINGS_MAX 200000 // braces and brackets
#define GRAPH_JSON_COMMAS_MAX 1000000

/* The text as a tree, to be released by json_decref(). One byte order mark is passed
 * over; bytes that are no UTF-8, lone surrogates and NULs become other characters. NULL:
 * it is no JSON, has a key twice, is over the limits, or memory is out. */
json_t *graph_json_load(const char *bytes, size_t n);

/* A member that is a text; NULL: there is none. Accepts what is no object. */
const char *graph_json_text(const json_t *object, const char *name);

#endif
