#ifndef COMPONENT_SETTINGS_CANON_H
#define COMPONENT_SETTINGS_CANON_H

#include "component/settings/keys.h"

/* The forms of texts. Each takes a text that config_text_problem() lets pass. */
config_canon_fn config_canon_domain;   // a domain of the XMPP world
config_canon_fn config_canon_person;   // a bare JID with a local part
config_canon_fn config_canon_watcher;  // a bare JID or a domain
config_canon_fn config_canon_resource; // the resource of a JID
config_canon_fn config_canon_mail;     // a mail address
config_canon_fn
	config_canon_mail_domain;      // what stands behind the @ of one; in lower case
config_canon_fn config_canon_host;     // a host name or address literal
config_canon_fn config_canon_name;     // a gateway's name
config_canon_fn config_canon_text;     // any text
config_canon_fn config_canon_language; // a language tag, or nothing
config_canon_fn config_canon_url;      // of a gateway
config_canon_fn config_canon_autodiscover; // of an autodiscover service
config_canon_fn config_canon_proxy;
config_canon_fn config_canon_no_proxy; // hosts and networks, separated by commas
config_canon_fn config_canon_socket;   // the path of a Unix socket

#endif
