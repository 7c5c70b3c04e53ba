#include "gateway/auth/assertion.h"

#include "test.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW INT64_C(1800000000)
#define LIFE 86400
#define ENDPOINT "https://login.example/tenant/oauth2/v2.0/token"

struct pair {
	EVP_PKEY *key;
	X509 *certificate;
};

static struct pair make_pair(EVP_PKEY *key)
{
	struct pair pair = {.key = key, .certificate = X509_new()};
	assert_non_null(key);
	assert_non_null(pair.certificate);
	ASN1_TIME_set(X509_getm_notBefore(pair.certificate), (time_t)NOW);
	ASN1_TIME_set(X509_getm_notAfter(pair.certificate), (time_t)NOW + LIFE);
	assert_int_equal(X509_set_pubkey(pair.certificate, key), 1);
	assert_true(X509_sign(pair.certificate, key, EVP_sha256()) > 0);
	return pair;
}

static void free_pair(struct pair *pair)
{
	X509_free(pair->certificate);
	EVP_PKEY_free(pair->key);
}

static void write_files(const struct pair *pair, EVP_PKEY *key, const char *passphrase)
{
	FILE *file = fopen("certificate", "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_X509(file, pair->certificate), 1);
	assert_int_equal(fclose(file), 0);
	file = fopen("key", "w");
	assert_non_null(file);
	assert_int_equal(
		PEM_write_PrivateKey(file, key, passphrase ? EVP_aes_256_cbc() : NULL,
			/* NOLINTNEXTLINE(performance-no-int-to-ptr): it is only read */
			NULL, 0, NULL, (char *)(uintptr_t)passphrase),
		1);
	assert_int_equal(fclose(file), 0);
}

static void expect_refused(const char *word)
{
	char error[ASSERTION_ERROR_SIZE] = "";
	assert_null(assertion_key_create("certificate", "key", error));
	if (!strstr(error, word))
		fail_msg("\"%s\" lacks \"%s\"", error, word);
}

/* RFC 7515 appendix C. The result is to be freed. */
static unsigned char *decode(const char *text, size_t n, size_t *out_n)
{
	char *padded = calloc(1, n + 4);
	unsigned char *bytes = malloc(n + 4);
	assert_true(padded && bytes);
	for (size_t i = 0; i < n; i++) {
		assert_null(strchr("=+/", text[i]));
		padded[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
	}
	size_t fill = (4 - n % 4) % 4;
	memcpy(padded + n, "===", fill);
	int length = EVP_DecodeBlock(bytes, (unsigned char *)padded, (int)(n + fill));
	assert_true(length > 0);
	*out_n = (size_t)length - fill;
	free(padded);
	return bytes;
}

static json_t *decode_json(const char *text, size_t n)
{
	size_t length;
	unsigned char *bytes = decode(text, n, &length);
	json_t *json = json_loadb((const char *)bytes, length, 0, NULL);
	assert_non_null(json);
	free(bytes);
	return json;
}

static void expect_text(const json_t *json, const char *name, const char *expected)
{
	assert_string_equal(json_string_value(json_object_get(json, name)), expected);
}

static void expect_signed(const struct pair *pair, const char *text, const char *dot)
{
	size_t n;
	EVP_PKEY_CTX *padding;
	unsigned char *signature = decode(dot + 1, strlen(dot + 1), &n);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	assert_int_equal(
		EVP_DigestVerifyInit(context, &padding, EVP_sha256(), NULL, pair->key),
		1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, 32), 1);
	assert_int_equal(EVP_DigestVerify(context, signature, n,
				 (const unsigned char *)text, (size_t)(dot - text)),
		1);
	EVP_MD_CTX_free(context);
	free(signature);
}

static void the_assertion_is_what_the_issuer_wants(void **state)
{
	(void)state;
	char error[ASSERTION_ERROR_SIZE];
	struct pair pair = make_pair(EVP_RSA_gen(2048));
	struct buf text;
	write_files(&pair, pair.key, NULL);
	struct assertion_key *key = assertion_key_create("certificate", "key", error);
	assert_non_null(key);
	assert_int_equal(assertion_key_begins(key), NOW);
	assert_int_equal(assertion_key_ends(key), NOW + LIFE);
	buf_init(&text, 65536);
	assertion_write(&text, key, ENDPOINT, "client\"id", "unique", NOW);
	assert_false(text.failed);
	const char *first = strchr(text.data, '.');
	const char *second = strrchr(text.data, '.');
	json_t *header = decode_json(text.data, (size_t)(first - text.data));
	json_t *claims = decode_json(first + 1, (size_t)(second - first - 1));
	expect_text(header, "alg", "PS256");
	expect_text(header, "typ", "JWT");
	assert_int_equal(json_string_length(json_object_get(header, "x5t#S256")), 43);
	expect_text(claims, "aud", ENDPOINT);
	expect_text(claims, "iss", "client\"id");
	expect_text(claims, "sub", "client\"id");
	expect_text(claims, "jti", "unique");
	int64_t from = json_integer_value(json_object_get(claims, "nbf"));
	int64_t to = json_integer_value(json_object_get(claims, "exp"));
	assert_true(from <= NOW && to > NOW && to - from <= ASSERTION_LIFE_S);
	expect_signed(&pair, text.data, second);
	json_decref(header);
	json_decref(claims);
	buf_finish(&text);
	assertion_key_destroy(key);
	free_pair(&pair);
}

static void what_cannot_sign_is_told(void **state)
{
	(void)state;
	struct pair pair = make_pair(EVP_RSA_gen(2048));
	struct pair curve = make_pair(EVP_EC_gen("P-256"));
	struct pair other = make_pair(EVP_RSA_gen(2048));
	(void)unlink("certificate");
	expect_refused("no certificate");
	write_files(&pair, other.key, NULL);
	expect_refused("not the key of");
	write_files(&curve, curve.key, NULL);
	expect_refused("not RSA");
	write_files(&pair, pair.key, "secret");
	expect_refused("passphrase");
	free_pair(&pair);
	free_pair(&curve);
	free_pair(&other);
}

static int enter_folder(void **state)
{
	char folder[] = "/tmp/calpresence-assertion-XXXXXX";
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	*state = strdup(folder);
	return 0;
}

static int leave_folder(void **state)
{
	(void)unlink("certificate");
	(void)unlink("key");
	assert_int_equal(rmdir(*state), 0);
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_assertion_is_what_the_issuer_wants),
		cmocka_unit_test(what_cannot_sign_is_told),
	};
	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
