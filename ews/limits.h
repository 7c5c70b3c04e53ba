#ifndef EWS_LIMITS_H
#define EWS_LIMITS_H

/* The most XML that is believed of Exchange, or of whoever stands in its place. */

#define EWS_XML_DEPTH_MAX 64      // elements in each other; Exchange needs 13
#define EWS_XML_TEXT_MAX 20480    // bytes of one value: 62 days of digits fit
#define EWS_XML_ATTRIBUTES_MAX 64 // of one element; Exchange's have five

#endif
