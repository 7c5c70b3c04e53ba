#include "component/settings/canon.h"

#include "base/url.h"

#include <string.h>
#include <strings.h>
#include <sys/un.h>

const char *config_canon_url(const char *text, char out_text[JID_SIZE])
{
	struct url url;
	const char *problem = url_parse(text, &url);

	if (problem)
		return problem;
	if (!url.tls && !url_is_loopback(url.host))
		return "is plain http:, which is for a loopback address only; use https:";
	memcpy(out_text, text, strlen(text) + 1);
	return NULL;
}

const char *config_canon_autodiscover(const char *text, char out_text[JID_SIZE])
{
	struct url url;
	const char *problem = config_canon_url(text, out_text);

	if (problem || url_parse(text, &url))
		return problem;
	return strncasecmp(url.path, "/autodiscover/", 14) == 0
		       ? NULL
		       : "is not the URL of an autodiscover service, as "
			 "https://host/autodiscover/autodiscover.xml";
}

const char *config_canon_proxy(const char *text, char out_text[JID_SIZE])
{
	struct url url;
	const char *problem = url_parse(text, &url);

	if (problem)
		return problem;
	memcpy(out_text, text, strlen(text) + 1);
	return NULL;
}

const char *config_canon_socket(const char *text, char out_text[JID_SIZE])
{
	if (strlen(text) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return "is too long for the name of a socket (107 bytes)";
	memcpy(out_text, text, strlen(text) + 1);
	return NULL;
}
