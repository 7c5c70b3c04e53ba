#ifndef COMPONENT_XMPP_LINK_LOSS_H
#define COMPONENT_XMPP_LINK_LOSS_H

#include "component/xmpp/link.h"

/* The loss that a stream error's condition (RFC 6120 section 4.9.3) means. */
enum link_loss link_loss_from_condition(const char *condition);

/* Logs the line that says what to do about a loss. condition: as the server named it, ""
 * if it named none. */
void link_loss_log(
	enum link_loss loss, const struct link_options *options, const char *condition);

#endif
