#include "component/xmpp/link_loss.h"

#include "base/log.h"

#include <string.h>

static const char *const names[] = {
	[LINK_LOSS_NONE] = "none",
	[LINK_LOSS_REFUSED] = "refused",
	[LINK_LOSS_RESOLVE] = "resolve",
	[LINK_LOSS_SECRET] = "secret",
	[LINK_LOSS_HOST_UNKNOWN] = "host-unknown",
	[LINK_LOSS_CONFLICT] = "conflict",
	[LINK_LOSS_INVALID_FROM] = "invalid-from",
	[LINK_LOSS_NOT_WELL_FORMED] = "not-well-formed",
	[LINK_LOSS_UNREADABLE] = "unreadable",
	[LINK_LOSS_SHUTDOWN] = "shutdown",
	[LINK_LOSS_SILENT] = "silent",
	[LINK_LOSS_OTHER] = "other",
	[LINK_LOSS_CLOSED] = "closed",
};

/* not-well-formed is what RFC 3920 had, and what Prosody still says. */
static const struct {
	const char *condition;
	enum link_loss loss;
} conditions[] = {
	{"not-authorized", LINK_LOSS_SECRET},
	{"host-unknown", LINK_LOSS_HOST_UNKNOWN},
	{"host-gone", LINK_LOSS_HOST_UNKNOWN},
	{"conflict", LINK_LOSS_CONFLICT},
	{"invalid-from", LINK_LOSS_INVALID_FROM},
	{"not-well-formed", LINK_LOSS_NOT_WELL_FORMED},
	{"xml-not-well-formed", LINK_LOSS_NOT_WELL_FORMED},
	{"invalid-xml", LINK_LOSS_NOT_WELL_FORMED},
	{"bad-format", LINK_LOSS_NOT_WELL_FORMED},
	{"restricted-xml", LINK_LOSS_NOT_WELL_FORMED},
	{"system-shutdown", LINK_LOSS_SHUTDOWN},
};

const char *link_loss_name(enum link_loss loss)
{
	return names[loss];
}

enum link_loss link_loss_from_condition(const char *condition)
{
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		if (strcmp(conditions[i].condition, condition) == 0)
			return conditions[i].loss;
	return LINK_LOSS_OTHER;
}

/* ejabberd says not-authorized for a component that it does not know, too. */
static void log_refusal(enum link_loss loss, const char *jid)
{
	if (loss == LINK_LOSS_SECRET)
		log_error(
			"the secret of component \"%s\" differs from the server's, or "
			"ejabberd does not know the component: set the same in Prosody's "
			"component_secret, or as the password of \"%s\" in the hosts of "
			"ejabberd's ejabberd_service, and reload",
			jid, jid);
	else if (loss == LINK_LOSS_HOST_UNKNOWN)
		log_error("the server has no component \"%s\": add Component \"%s\" to "
			  "Prosody's configuration, or \"%s\" to the hosts of ejabberd's "
			  "ejabberd_service, or correct component.jid",
			jid, jid, jid);
	else
		log_error("another connection holds component \"%s\": stop the other "
			  "program; against dead connections of our own, Prosody has "
			  "component_conflict_resolve = \"kick_old\"",
			jid);
}

void link_loss_log(
	enum link_loss loss, const struct link_options *options, const char *condition)
{
	const char *host = options->host;
	unsigned port = options->port;

	switch (loss) {
	case LINK_LOSS_NONE:
		break;
	case LINK_LOSS_REFUSED:
		log_error("no server answers where the component connects to: start it, "
			  "or make component.host and component.port those of Prosody's "
			  "component_ports or of ejabberd's ejabberd_service "
			  "host=\"%s\" port=%u",
			host, port);
		break;
	case LINK_LOSS_RESOLVE:
		log_error("the name in component.host has no address: correct it, "
			  "or look at the name servers host=\"%s\"",
			host);
		break;
	case LINK_LOSS_SECRET:
	case LINK_LOSS_HOST_UNKNOWN:
	case LINK_LOSS_CONFLICT:
		log_refusal(loss, options->jid);
		break;
	case LINK_LOSS_INVALID_FROM:
		log_info("the server ended the connection: it does not let component "
			 "\"%s\" speak as its users",
			options->jid);
		break;
	case LINK_LOSS_NOT_WELL_FORMED:
		log_error("the server could not read what we sent, which is a fault "
			  "of ours: please report it condition=%s",
			condition);
		break;
	case LINK_LOSS_UNREADABLE:
		log_error("the server sent what no XMPP stream may hold: is it the "
			  "component port? host=\"%s\" port=%u condition=%s",
			host, port, condition);
		break;
	case LINK_LOSS_SHUTDOWN:
		log_warning("the server shuts down: waiting until it is back host=\"%s\" "
			    "port=%u",
			host, port);
		break;
	case LINK_LOSS_SILENT:
		log_warning("the server has stopped answering: the connection is "
			    "given up and tried anew host=\"%s\" port=%u",
			host, port);
		break;
	case LINK_LOSS_OTHER:
		log_warning("the server ended the connection: its log should say why "
			    "host=\"%s\" port=%u condition=%s",
			host, port, *condition ? condition : "none");
		break;
	case LINK_LOSS_CLOSED:
		log_info("left the server host=\"%s\" port=%u", host, port);
		break;
	}
}
