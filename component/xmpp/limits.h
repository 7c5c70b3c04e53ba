#ifndef COMPONENT_XMPP_LIMITS_H
#define COMPONENT_XMPP_LIMITS_H

/*
 * What the stream's reader takes. The server passes on what anybody sends to the
 * component, so that a stanza beyond these is left out as a whole and the stream goes on.
 */

/* The stream's opening tag, and an XML declaration. Longer ones end the stream. */
#define STREAM_HEADER_MAX 4096

/* A stanza, from its first byte to its last. Contact lists of some ten thousand have to
 * fit; libxml2 itself takes no text and no dictionary beyond 10,000,000 bytes. */
#define STANZA_BYTES_MAX (8 * 1024 * 1024)
/* Elements within one another; the stanza itself is the first. */
#define STANZA_DEPTH_MAX 32
/* Attributes and namespace declarations of one element: libxml2 compares each with all.
 */
#define STANZA_ATTRIBUTES_MAX 32
/* Bytes of the name of an element or an attribute, with its prefix. */
#define STANZA_NAME_MAX 1024
/* Elements and attributes of a stanza together. */
#define STANZA_NODES_MAX (256 * 1024)

/* libxml2's parser keeps every name that it has seen: a new one takes over between two
 * stanzas after so many bytes. */
#define PARSER_BYTES_MAX (1024 * 1024)

/* Handed over by us and not yet written: no more stanzas are taken from FULL on; what the
 * link itself has to say may fill it to MAX. */
#define STREAM_OUT_FULL (512 * 1024)
#define STREAM_OUT_MAX (1024 * 1024)

#endif
