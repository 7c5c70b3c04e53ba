#include "gateway/auth/claims.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* EVP_DecodeBlock() wants whole blocks of four. */
static bool decode(const char *text, size_t n, char out_claims[CLAIMS_MAX])
{
	unsigned char bytes[CLAIMS_MAX];
	size_t padding = 0;
	if (n == 0 || n % 4 != 0 || n > CLAIMS_MAX)
		return false;
	while (padding < 2 && text[n - 1 - padding] == '=')
		padding++;
	int size = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)n);
	if (size <= (int)padding)
		return false;
	(void)snprintf(
		out_claims, CLAIMS_MAX, "%.*s", size - (int)padding, (char *)bytes);
	return strlen(out_claims) == (size_t)size - padding;
}

bool claims_take(const char *challenge, char out_claims[CLAIMS_MAX])
{
	static const char name[] = "claims=\"";
	json_error_t error;
	const char *found = strstr(challenge, name);
	if (!strstr(challenge, "insufficient_claims") || !found)
		return false;
	found += strlen(name);
	if (!decode(found, strcspn(found, "\""), out_claims))
		return false;
	json_t *json = json_loads(out_claims, JSON_REJECT_DUPLICATES, &error);
	bool is_object = json_is_object(json);
	json_decref(json);
	return is_object;
}
