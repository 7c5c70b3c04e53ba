#ifndef COMPONENT_SETTINGS_NORMALISE_H
#define COMPONENT_SETTINGS_NORMALISE_H

#include "component/settings/keys.h"

/* The forms of texts. Each takes a text that config_text_problem() lets pass. */
config_normalise_fn config_normalise_domain;   // a domain of the XMPP world
config_normalise_fn config_normalise_person;   // a bare JID with a local part
config_normalise_fn config_normalise_watcher;  // a bare JID or a domain
config_normalise_fn config_normalise_resource; // the resource of a JID
config_normalise_fn config_normalise_mail;     // a mail address
config_normalise_fn
	config_normalise_mail_domain; // what stands behind the @ of one; in lower case
config_normalise_fn config_normalise_host;         // a host name or address literal
config_normalise_fn config_normalise_name;         // a gateway's name
config_normalise_fn config_normalise_text;         // any text
config_normalise_fn config_normalise_language;     // a language tag, or nothing
config_normalise_fn config_normalise_url;          // of a gateway
config_normalise_fn config_normalise_autodiscover; // of an autodiscover service
config_normalise_fn config_normalise_proxy;
config_normalise_fn config_normalise_no_proxy; // hosts and networks, separated by commas
config_normalise_fn config_normalise_socket;   // the path of a Unix socket

#endif
