// bcrypt_pbkdf as OpenSSH's PROTOCOL.key uses it: PBKDF2 with SHA-512 around a Blowfish whose key
// schedule is made costly (Provos and Mazières, "A Future-Adaptable Password Scheme", 1999). No library
// of Debian's offers it, and libssh2 keeps its own to itself.
#include "bcrypt.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"

enum { P_WORDS = 18, S_WORDS = 4 * 256, WORDS = P_WORDS + S_WORDS };

/// Blowfish's key-dependent tables; P first, then the four S boxes.
typedef struct {
  uint32_t p[P_WORDS];
  uint32_t s[4][256];
} Blowfish;

// Before a key comes, the tables hold the fraction of pi. It is computed, not copied: by Machin's
// pi = 16 atan(1/5) - 4 atan(1/239), in words of 32 bits, the first one being the integer part.
enum { DIGITS = 1 + WORDS + 3 };  // the last three take the rounding
static uint32_t pi[DIGITS];

/// `to` = `from` / `divisor`; words before `first` are zero. The new first word that is not.
static int divide(const uint32_t *from, uint32_t divisor, uint32_t *to, int first) {
  uint64_t rest = 0;
  for (int i = first; i < DIGITS; i++) {
    rest = rest << 32 | from[i];
    to[i] = (uint32_t)(rest / divisor);
    rest %= divisor;
  }
  while (first < DIGITS && to[first] == 0) first++;
  return first;
}

/// Adds or subtracts `what`, whose words before `first` are zero.
static void add(const uint32_t *what, int first, int isNegative) {
  uint64_t carry = 0;
  for (int i = DIGITS - 1; i >= 0 && (i >= first || carry); i--) {
    uint64_t word = (i >= first ? what[i] : 0) + carry;
    uint64_t sum = isNegative ? (uint64_t)pi[i] - word : (uint64_t)pi[i] + word;
    pi[i] = (uint32_t)sum;
    carry = sum >> 32 ? 1 : 0;
  }
}

/// Adds factor * atan(1/x) = factor * (1/x - 1/3x^3 + 1/5x^5 - …).
static void addArctangent(uint32_t factor, uint32_t x, int isNegative) {
  uint32_t power[DIGITS] = {factor}, term[DIGITS];
  int first = divide(power, x, power, 0);
  for (uint32_t n = 1; first < DIGITS; n += 2, isNegative = !isNegative) {
    add(term, divide(power, n, term, first), isNegative);
    first = divide(power, x * x, power, first);
  }
}

static void computePi(void) {
  addArctangent(16, 5, 0);
  addArctangent(4, 239, 1);
}

static void encipher(const Blowfish *b, uint32_t *left, uint32_t *right) {
  uint32_t l = *left ^ b->p[0], r = *right;
  for (int i = 1; i <= 16; i++) {
    r ^= (((b->s[0][l >> 24] + b->s[1][l >> 16 & 255]) ^ b->s[2][l >> 8 & 255]) + b->s[3][l & 255]) ^ b->p[i];
    uint32_t swap = l;
    l = r;
    r = swap;
  }
  *left = r ^ b->p[17];
  *right = l;
}

/// The next big-endian word of 64 bytes that repeat.
static uint32_t next(const unsigned char bytes[64], unsigned *at) {
  uint32_t word = 0;
  for (int i = 0; i < 4; i++) word = word << 8 | bytes[(*at)++ & 63];
  return word;
}

/// Mixes a key into the tables, and a salt where there is one.
static void expand(Blowfish *b, const unsigned char salt[64], const unsigned char key[64]) {
  unsigned inKey = 0, inSalt = 0;
  uint32_t left = 0, right = 0;
  for (int i = 0; i < P_WORDS; i++) b->p[i] ^= next(key, &inKey);
  for (int i = 0; i < WORDS; i += 2) {
    if (salt) {
      left ^= next(salt, &inSalt);
      right ^= next(salt, &inSalt);
    }
    encipher(b, &left, &right);
    uint32_t *to = i < P_WORDS ? &b->p[i] : &b->s[(i - P_WORDS) / 256][(i - P_WORDS) % 256];
    to[0] = left;
    to[1] = right;
  }
}

static void hash(const unsigned char passphrase[64], const unsigned char salt[64], unsigned char out[32]) {
  Blowfish b;
  memcpy(b.p, pi + 1, sizeof b.p);
  memcpy(b.s, pi + 1 + P_WORDS, sizeof b.s);
  expand(&b, salt, passphrase);
  for (int i = 0; i < 64; i++) {
    expand(&b, NULL, salt);
    expand(&b, NULL, passphrase);
  }
  static const unsigned char text[64] = "OxychromaticBlowfishSwatDynamite";
  uint32_t words[8];
  unsigned at = 0;
  for (int i = 0; i < 8; i++) words[i] = next(text, &at);
  for (int i = 0; i < 64; i++) {
    for (int j = 0; j < 8; j += 2) encipher(&b, &words[j], &words[j + 1]);
  }
  for (int i = 0; i < 32; i++) out[i] = (unsigned char)(words[i / 4] >> 8 * (i % 4));
  memset(&b, 0, sizeof b);
}

int bcrypt_pbkdf(const unsigned char *passphrase, size_t passphrase_size, const unsigned char *salt,
                 size_t salt_size, unsigned int rounds, unsigned char *key, size_t key_size) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, computePi);
  // The numbers come from a file: enough for any that ssh-keygen makes, and an end for all others.
  if (rounds < 1 || rounds > 10000 || salt_size < 1 || salt_size > 256 || key_size < 1 || key_size > 128) {
    return 0;
  }
  unsigned char counted[256 + 4], secret[64], salted[64], part[32], out[32];
  size_t blocks = (key_size + 31) / 32, share = (key_size + blocks - 1) / blocks;
  if (!crypto_sha512(passphrase, passphrase_size, secret)) return 0;
  memcpy(counted, salt, salt_size);
  for (size_t block = 0; block < blocks; block++) {
    unsigned char number[4] = {0, 0, 0, (unsigned char)(block + 1)};
    memcpy(counted + salt_size, number, 4);
    if (!crypto_sha512(counted, salt_size + 4, salted)) return 0;
    hash(secret, salted, part);
    memcpy(out, part, sizeof out);
    for (unsigned int round = 1; round < rounds; round++) {
      if (!crypto_sha512(part, sizeof part, salted)) return 0;
      hash(secret, salted, part);
      for (size_t i = 0; i < sizeof out; i++) out[i] ^= part[i];
    }
    // The bytes of a block do not stand together, but are dealt out.
    for (size_t i = 0; i < share && i * blocks + block < key_size; i++) key[i * blocks + block] = out[i];
  }
  memset(secret, 0, sizeof secret);
  memset(out, 0, sizeof out);
  return 1;
}
