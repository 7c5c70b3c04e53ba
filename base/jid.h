#ifndef BASE_JID_H
#define BASE_JID_H

#include <stdbool.h>
#include <stddef.h>

/* Each part of a JID is at most 1023 bytes (RFC 6122 section 2.1). */
#define JID_PART_SIZE 1024
#define JID_SIZE (3 * JID_PART_SIZE)

/* A JID as Prosody and ejabberd compare it: nodeprep, nameprep, resourceprep (RFC 6122
 * through GNU Libidn). A missing part is "". */
struct jid {
	char local[JID_PART_SIZE];
	char domain[JID_PART_SIZE];
	char resource[JID_PART_SIZE];
};

/* Parses and prepares; false for anything that is no JID. */
bool jid_parse(const char *text, struct jid *out_jid);
/* Likewise, and has no resource. */
bool jid_parse_bare(const char *text, struct jid *out_jid);
/* Writes local@domain/resource, leaving out what is empty. */
void jid_print(const struct jid *jid, char out_text[JID_SIZE]);
void jid_print_bare(const struct jid *jid, char out_text[JID_SIZE]);
/* The length of the bare part of a JID's text, up to the first slash. */
size_t jid_bare_length(const char *text);

/* XEP-0106: any text (a mail address, a JID) as the local part of a JID, and back.
 * Escaping is false where the result would be empty, too long, or begin or end with a
 * space. Unescaping cannot fail; it never grows. */
bool jid_escape(const char *text, char out_local[JID_PART_SIZE]);
void jid_unescape(const char *local, char out_text[JID_PART_SIZE]);

#endif
