#pragma once
#include <stddef.h>

// The little of OpenSSL's libcrypto that signing with the user's key needs. It is the library that
// libssh2 itself works with, found at run time like libssh2 (load.c), and declared here by hand:
// its headers are not everywhere, and these functions are the same in OpenSSL 1.1 and 3.

typedef struct crypto_key crypto_key;

/// 1 when libcrypto is there; nothing else may be called when it is not.
int crypto_available(void);

/// A private key in any of OpenSSL's PEM forms; NULL when `passphrase` does not open it.
crypto_key *crypto_key_pem(const unsigned char *text, size_t size, const char *passphrase);
/// A private key as DER: PKCS #1, SEC 1 or PKCS #8.
crypto_key *crypto_key_der(const unsigned char *der, size_t size);
void crypto_key_free(crypto_key *key);

enum { CRYPTO_RSA = 6, CRYPTO_EC = 408, CRYPTO_ED25519 = 1087 };
/// One of the above, or another of OpenSSL's numbers.
int crypto_key_kind(const crypto_key *key);
int crypto_key_bits(const crypto_key *key);
/// The public half: PKCS #1 for RSA, the point for EC, 32 bytes for Ed25519. How long it is, 0 when it
/// does not fit into `room`.
size_t crypto_key_public(crypto_key *key, unsigned char *to, size_t room);
/// Signs with the digest of that name, NULL for Ed25519. How long the signature is, 0 on failure.
size_t crypto_sign(crypto_key *key, const char *digest, const unsigned char *data, size_t size,
                   unsigned char *to, size_t room);

/// 64 bytes; 1 on success.
int crypto_sha512(const unsigned char *data, size_t size, unsigned char *to);
/// Decrypts `size` bytes with OpenSSL's cipher of that name, without padding; 1 on success.
int crypto_decrypt(const char *cipher, const unsigned char *key, const unsigned char *iv,
                   const unsigned char *from, size_t size, unsigned char *to);
