#include "gateway/auth/assertion.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_SLACK_S 60 // by which the issuer's clock may be behind ours

struct assertion_key {
	EVP_PKEY *key; // owned
	unsigned char thumbprint[32];
	int64_t begins;
	int64_t ends;
};

/* RFC 4648 section 5, without the padding. */
static void put_base64url(struct buf *buf, const void *bytes, size_t n)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvw"
				       "xyz0123456789-_";
	const unsigned char *in = bytes;
	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i < 3 ? n - i : 3;
		uint32_t block = 0;
		char out[4];
		for (size_t j = 0; j < 3; j++)
			block = block << 8 | (j < left ? in[i + j] : 0u);
		for (unsigned j = 0; j < 4; j++)
			out[j] = alphabet[block >> (18 - 6 * j) & 63];
		buf_add(buf, out, left + 1);
	}
}

static int64_t seconds_of(const ASN1_TIME *time)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0;
	int seconds = 0;
	(void)ASN1_TIME_diff(&days, &seconds, epoch, time);
	ASN1_TIME_free(epoch);
	return (int64_t)days * 86400 + seconds;
}

static X509 *read_certificate(const char *path)
{
	BIO *file = BIO_new_file(path, "r");
	X509 *certificate = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;
	BIO_free(file);
	return certificate;
}

/* A passphrase is never asked for: nobody sits there. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)context;
	return 0;
}

static EVP_PKEY *read_key(const char *path)
{
	BIO *file = BIO_new_file(path, "r");
	EVP_PKEY *key =
		file ? PEM_read_bio_PrivateKey(file, NULL, no_passphrase, NULL) : NULL;
	BIO_free(file);
	return key;
}

/* What is wrong; NULL: nothing. */
static const char *fill(struct assertion_key *key, const X509 *certificate)
{
	unsigned size = 0;
	if (!certificate)
		return "certificate_file holds no certificate (PEM)";
	if (!key->key)
		return "key_file holds no private key (PEM, without a passphrase)";
	if (!EVP_PKEY_is_a(key->key, "RSA"))
		return "key_file holds a key that is not RSA, which the assertion needs";
	if (X509_check_private_key(certificate, key->key) != 1)
		return "key_file is not the key of certificate_file";
	if (X509_digest(certificate, EVP_sha256(), key->thumbprint, &size) != 1)
		return "the certificate has no thumbprint";
	key->begins = seconds_of(X509_get0_notBefore(certificate));
	key->ends = seconds_of(X509_get0_notAfter(certificate));
	return NULL;
}

struct assertion_key *assertion_key_create(const char *certificate_file,
	const char *key_file, char out_error[ASSERTION_ERROR_SIZE])
{
	const char *error = "out of memory";
	struct assertion_key *key = calloc(1, sizeof *key);
	if (key) {
		X509 *certificate = read_certificate(certificate_file);
		key->key = read_key(key_file);
		error = fill(key, certificate);
		X509_free(certificate);
		ERR_clear_error();
	}
	if (!error)
		return key;
	(void)snprintf(out_error, ASSERTION_ERROR_SIZE, "%s", error);
	assertion_key_destroy(key);
	return NULL;
}

void assertion_key_destroy(struct assertion_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->key);
	free(key);
}

int64_t assertion_key_begins(const struct assertion_key *key)
{
	return key->begins;
}

int64_t assertion_key_ends(const struct assertion_key *key)
{
	return key->ends;
}

/* RFC 7518 section 3.5: RSASSA-PSS with SHA-256, MGF1 likewise, a salt of 32 bytes. */
static bool sign(const struct assertion_key *key, const struct buf *text,
	unsigned char **out_signature, size_t *out_n)
{
	unsigned char *signature = NULL;
	EVP_PKEY_CTX *padding; // belongs to the context
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t n = 0;
	bool signed_it =
		context &&
		EVP_DigestSignInit(context, &padding, EVP_sha256(), NULL, key->key) ==
			1 &&
		EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) == 1 &&
		EVP_DigestSign(context, NULL, &n, (const unsigned char *)text->data,
			text->len) == 1 &&
		(signature = malloc(n)) &&
		EVP_DigestSign(context, signature, &n, (const unsigned char *)text->data,
			text->len) == 1;
	EVP_MD_CTX_free(context);
	if (!signed_it) {
		free(signature);
		return false;
	}
	*out_signature = signature;
	*out_n = n;
	return true;
}

static void put_claims(struct buf *buf, const char *endpoint, const char *client_id,
	const char *jti, int64_t now)
{
	buf_puts(buf, "{\"aud\":\"");
	buf_put_json(buf, endpoint);
	buf_puts(buf, "\",\"iss\":\"");
	buf_put_json(buf, client_id);
	buf_puts(buf, "\",\"sub\":\"");
	buf_put_json(buf, client_id);
	buf_puts(buf, "\",\"jti\":\"");
	buf_put_json(buf, jti);
	int64_t from = now - CLOCK_SLACK_S;
	int64_t to = from + ASSERTION_LIFE_S;
	buf_printf(buf, "\",\"iat\":%lld,\"nbf\":%lld,\"exp\":%lld}", (long long)now,
		(long long)from, (long long)to);
}

void assertion_write(struct buf *buf, const struct assertion_key *key,
	const char *endpoint, const char *client_id, const char *jti, int64_t now)
{
	struct buf part;
	struct buf text;
	unsigned char *signature = NULL;
	size_t n = 0;
	buf_init(&part, buf->max);
	buf_init(&text, buf->max);
	buf_puts(&part, "{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t#S256\":\"");
	put_base64url(&part, key->thumbprint, sizeof key->thumbprint);
	buf_puts(&part, "\"}");
	put_base64url(&text, buf_text(&part), part.len);
	buf_puts(&text, ".");
	bool failed = part.failed;
	buf_reset(&part);
	put_claims(&part, endpoint, client_id, jti, now);
	put_base64url(&text, buf_text(&part), part.len);
	failed |= part.failed || text.failed;
	if (failed || !sign(key, &text, &signature, &n)) {
		buf->failed = true;
	} else {
		buf_add(buf, text.data, text.len);
		buf_puts(buf, ".");
		put_base64url(buf, signature, n);
	}
	free(signature);
	buf_finish(&part);
	buf_finish(&text);
}
