#include "gateway/auth/kerberos.h"

#include "base/url.h"

#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 2048

bool kerberos_prepare(const struct gateway_configure *configure)
{
	/* Another cache for another keytab: the old one's tickets are not wanted. */
	static const char *const caches[] = {"MEMORY:gateway-0", "MEMORY:gateway-1"};
	const char *present = getenv("KRB5CCNAME");
	const char *next =
		present && strcmp(present, caches[0]) == 0 ? caches[1] : caches[0];
	return setenv("KRB5CCNAME", next, 1) == 0 &&
	       setenv("KRB5_CLIENT_KTNAME", configure->keytab, 1) == 0;
}

static void tell(OM_uint32 major, OM_uint32 minor, char out_error[KERBEROS_ERROR_SIZE])
{
	gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	OM_uint32 ignored;
	OM_uint32 more = 0;
	bool mechanism = minor != 0;
	if (gss_display_status(&ignored, mechanism ? minor : major,
		    mechanism ? GSS_C_MECH_CODE : GSS_C_GSS_CODE,
		    mechanism ? (gss_OID)gss_mech_krb5 : GSS_C_NO_OID, &more,
		    &text) == GSS_S_COMPLETE)
		(void)snprintf(out_error, KERBEROS_ERROR_SIZE, "%.*s", (int)text.length,
			(const char *)text.value);
	else
		(void)snprintf(out_error, KERBEROS_ERROR_SIZE, "GSS error %u", major);
	(void)gss_release_buffer(&ignored, &text);
}

static OM_uint32 import(
	char *text, gss_OID type, OM_uint32 *out_minor, gss_name_t *out_name)
{
	gss_buffer_desc buffer = {.length = strlen(text), .value = text};
	return gss_import_name(out_minor, &buffer, type, out_name);
}

/* The server as libcurl names it: service@host. */
static OM_uint32 import_server(const struct gateway_configure *configure, const char *url,
	OM_uint32 *out_minor, gss_name_t *out_name)
{
	char text[NAME_SIZE];
	struct url at;
	if (url_parse(url, &at))
		at.host[0] = '\0';
	(void)snprintf(text, sizeof text, "%s@%s",
		configure->service_name[0] != '\0' ? configure->service_name : "HTTP",
		at.host);
	return import(text, GSS_C_NT_HOSTBASED_SERVICE, out_minor, out_name);
}

/* Without a principal the library takes the first of the keytab. */
static OM_uint32 acquire(
	const char *principal, OM_uint32 *out_minor, gss_cred_id_t *out_credential)
{
	gss_OID_set_desc kerberos = {.count = 1, .elements = (gss_OID)gss_mech_krb5};
	gss_name_t name = GSS_C_NO_NAME;
	char text[NAME_SIZE];
	OM_uint32 ignored;
	OM_uint32 major = GSS_S_COMPLETE;
	(void)snprintf(text, sizeof text, "%s", principal);
	if (text[0] != '\0')
		major = import(
			text, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, out_minor, &name);
	if (!GSS_ERROR(major))
		major = gss_acquire_cred(out_minor, name, GSS_C_INDEFINITE, &kerberos,
			GSS_C_INITIATE, out_credential, NULL, NULL);
	(void)gss_release_name(&ignored, &name);
	return major;
}

bool kerberos_authenticate(const struct gateway_configure *configure, const char *url,
	uint32_t *out_life_s, char out_error[KERBEROS_ERROR_SIZE])
{
	gss_cred_id_t credential = GSS_C_NO_CREDENTIAL;
	gss_ctx_id_t context = GSS_C_NO_CONTEXT;
	gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
	gss_name_t server = GSS_C_NO_NAME;
	OM_uint32 life_s = 0;
	OM_uint32 minor = 0;
	OM_uint32 ignored;
	OM_uint32 major = import_server(configure, url, &minor, &server);
	if (!GSS_ERROR(major))
		major = acquire(configure->principal, &minor, &credential);
	/* What is fetched for this context stays in the cache for libcurl's. */
	if (!GSS_ERROR(major))
		major = gss_init_sec_context(&minor, credential, &context, server,
			(gss_OID)gss_mech_krb5, 0, 0, GSS_C_NO_CHANNEL_BINDINGS, NULL,
			NULL, &token, NULL, &life_s);
	if (GSS_ERROR(major))
		tell(major, minor, out_error);
	else
		*out_life_s = life_s;
	(void)gss_release_buffer(&ignored, &token);
	(void)gss_delete_sec_context(&ignored, &context, GSS_C_NO_BUFFER);
	(void)gss_release_cred(&ignored, &credential);
	(void)gss_release_name(&ignored, &server);
	return !GSS_ERROR(major);
}
