// See crypto.h.
#include "crypto.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

// libcrypto's types, of which only pointers are used.
typedef struct pkey Key;
typedef struct bio Bio;
typedef struct md_ctx DigestContext;
typedef struct md Digest;
typedef struct cipher_ctx CipherContext;
typedef struct cipher Cipher;

static struct {
  Bio *(*BIO_new_mem_buf)(const void *, int);
  int (*BIO_free)(Bio *);
  Key *(*PEM_read_bio_PrivateKey)(Bio *, Key **, void *, void *);
  Key *(*d2i_AutoPrivateKey)(Key **, const unsigned char **, long);
  void (*EVP_PKEY_free)(Key *);
  int (*EVP_PKEY_base_id)(const Key *);
  int (*EVP_PKEY_bits)(const Key *);
  int (*i2d_PublicKey)(Key *, unsigned char **);
  int (*EVP_PKEY_get_raw_public_key)(const Key *, unsigned char *, size_t *);
  DigestContext *(*EVP_MD_CTX_new)(void);
  void (*EVP_MD_CTX_free)(DigestContext *);
  const Digest *(*EVP_get_digestbyname)(const char *);
  int (*EVP_DigestSignInit)(DigestContext *, void **, const Digest *, void *, Key *);
  int (*EVP_DigestSign)(DigestContext *, unsigned char *, size_t *, const unsigned char *, size_t);
  int (*EVP_Digest)(const void *, size_t, unsigned char *, unsigned int *, const Digest *, void *);
  CipherContext *(*EVP_CIPHER_CTX_new)(void);
  void (*EVP_CIPHER_CTX_free)(CipherContext *);
  const Cipher *(*EVP_get_cipherbyname)(const char *);
  int (*EVP_DecryptInit_ex)(CipherContext *, const Cipher *, void *, const unsigned char *,
                            const unsigned char *);
  int (*EVP_CIPHER_CTX_set_padding)(CipherContext *, int);
  int (*EVP_DecryptUpdate)(CipherContext *, unsigned char *, int *, const unsigned char *, int);
} lib;

static int isComplete;

static void *libcrypto(void) {
#ifdef __linux__
  void *found = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
  return found ? found : dlopen("libcrypto.so.1.1", RTLD_NOW | RTLD_LOCAL);
#else
  // Linked with libssh2, which brings it along.
  return RTLD_DEFAULT;
#endif
}

static void load(void) {
  void *from = libcrypto();
#ifdef __linux__
  if (!from) return;
#endif
  isComplete = 1;
// The second name is that of OpenSSL 3, where it is another.
#define FIND(name, newer)                                            \
  do {                                                               \
    *(void **)&lib.name = dlsym(from, #name);                        \
    if (!lib.name) *(void **)&lib.name = dlsym(from, #newer);        \
    if (!lib.name) isComplete = 0;                                   \
  } while (0)
  FIND(BIO_new_mem_buf, BIO_new_mem_buf);
  FIND(BIO_free, BIO_free);
  FIND(PEM_read_bio_PrivateKey, PEM_read_bio_PrivateKey);
  FIND(d2i_AutoPrivateKey, d2i_AutoPrivateKey);
  FIND(EVP_PKEY_free, EVP_PKEY_free);
  FIND(EVP_PKEY_base_id, EVP_PKEY_get_base_id);
  FIND(EVP_PKEY_bits, EVP_PKEY_get_bits);
  FIND(i2d_PublicKey, i2d_PublicKey);
  FIND(EVP_PKEY_get_raw_public_key, EVP_PKEY_get_raw_public_key);
  FIND(EVP_MD_CTX_new, EVP_MD_CTX_new);
  FIND(EVP_MD_CTX_free, EVP_MD_CTX_free);
  FIND(EVP_get_digestbyname, EVP_get_digestbyname);
  FIND(EVP_DigestSignInit, EVP_DigestSignInit);
  FIND(EVP_DigestSign, EVP_DigestSign);
  FIND(EVP_Digest, EVP_Digest);
  FIND(EVP_CIPHER_CTX_new, EVP_CIPHER_CTX_new);
  FIND(EVP_CIPHER_CTX_free, EVP_CIPHER_CTX_free);
  FIND(EVP_get_cipherbyname, EVP_get_cipherbyname);
  FIND(EVP_DecryptInit_ex, EVP_DecryptInit_ex);
  FIND(EVP_CIPHER_CTX_set_padding, EVP_CIPHER_CTX_set_padding);
  FIND(EVP_DecryptUpdate, EVP_DecryptUpdate);
}

int crypto_available(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return isComplete;
}

crypto_key *crypto_key_pem(const unsigned char *text, size_t size, const char *passphrase) {
  if (size > INT_MAX) return NULL;
  Bio *bio = lib.BIO_new_mem_buf(text, (int)size);
  if (!bio) return NULL;
  // Without a callback the last argument is the passphrase; it must not be NULL, or the terminal is asked.
  Key *key = lib.PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)passphrase);
  lib.BIO_free(bio);
  return (crypto_key *)key;
}

crypto_key *crypto_key_der(const unsigned char *der, size_t size) {
  if (size > INT_MAX) return NULL;
  return (crypto_key *)lib.d2i_AutoPrivateKey(NULL, &der, (long)size);
}

void crypto_key_free(crypto_key *key) { lib.EVP_PKEY_free((Key *)key); }

int crypto_key_kind(const crypto_key *key) { return lib.EVP_PKEY_base_id((const Key *)key); }

int crypto_key_bits(const crypto_key *key) { return lib.EVP_PKEY_bits((const Key *)key); }

size_t crypto_key_public(crypto_key *key, unsigned char *to, size_t room) {
  if (crypto_key_kind(key) == CRYPTO_ED25519) {
    return lib.EVP_PKEY_get_raw_public_key((Key *)key, to, &room) == 1 ? room : 0;
  }
  int length = lib.i2d_PublicKey((Key *)key, NULL);
  if (length <= 0 || (size_t)length > room) return 0;
  return (size_t)lib.i2d_PublicKey((Key *)key, &to);
}

size_t crypto_sign(crypto_key *key, const char *digest, const unsigned char *data, size_t size,
                   unsigned char *to, size_t room) {
  const Digest *type = digest ? lib.EVP_get_digestbyname(digest) : NULL;
  if (digest && !type) return 0;
  DigestContext *context = lib.EVP_MD_CTX_new();
  if (!context) return 0;
  int good = lib.EVP_DigestSignInit(context, NULL, type, NULL, (Key *)key) == 1 &&
             lib.EVP_DigestSign(context, to, &room, data, size) == 1;
  lib.EVP_MD_CTX_free(context);
  return good ? room : 0;
}

int crypto_sha512(const unsigned char *data, size_t size, unsigned char *to) {
  const Digest *type = lib.EVP_get_digestbyname("SHA512");
  return type && lib.EVP_Digest(data, size, to, NULL, type, NULL) == 1;
}

int crypto_decrypt(const char *cipher, const unsigned char *key, const unsigned char *iv,
                   const unsigned char *from, size_t size, unsigned char *to) {
  const Cipher *type = lib.EVP_get_cipherbyname(cipher);
  if (!type || size > INT_MAX) return 0;
  CipherContext *context = lib.EVP_CIPHER_CTX_new();
  if (!context) return 0;
  int written = 0;
  int good = lib.EVP_DecryptInit_ex(context, type, NULL, key, iv) == 1 &&
             lib.EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
             lib.EVP_DecryptUpdate(context, to, &written, from, (int)size) == 1 &&
             (size_t)written == size;
  lib.EVP_CIPHER_CTX_free(context);
  return good;
}
