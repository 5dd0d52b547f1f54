#pragma once
#include <stddef.h>

/// The key derivation of OpenSSH's private key files (bcrypt_pbkdf): fills `key`. 1 on success.
/// Takes some tenths of a second: that is its purpose. Needs `crypto_available()`.
int bcrypt_pbkdf(const unsigned char *passphrase, size_t passphrase_size, const unsigned char *salt,
                 size_t salt_size, unsigned int rounds, unsigned char *key, size_t key_size);
