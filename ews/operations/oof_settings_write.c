#include "ews/operations/oof_settings.h"

/* types.xsd EmailAddress, as in free/busy: another Mailbox than that of all other
 * operations, which has an EmailAddress inside. */
void oof_settings_write(
	struct buf *buf, const struct soap_envelope *envelope, const char *address)
{
	soap_begin(buf, envelope);
	buf_puts(buf, "<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>");
	buf_put_xml(buf, address);
	buf_puts(buf, "</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>");
	soap_end(buf);
}
