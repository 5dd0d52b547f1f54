// libssh2 1.10 knows no rsa-sha2-*: the name of the algorithm is the first string of the key blob, and the blob must not be
// renamed. libssh2 1.11 renames the algorithm only for servers that send server-sig-algs, and uses SHA-1 at all others.
//
// Both versions handle a request in the same order (src/userauth.c, _libssh2_userauth_publickey): the name is copied from
// the blob, the memory of the request is allocated, and then the blob is copied into it. The allocator is ours. So the blob
// begins with the algorithm's name until the request is allocated, and is the true one from then on. The call is given the
// true size from the start. Whether the library at hand works like that is not guessed from its version but tried.
#include "publickey.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

/// The request under way in this thread; a session never leaves its thread.
static _Thread_local struct {
  size_t request_size;
  unsigned char *shown;
  const unsigned char *key;
  size_t key_size;
} pending;

void cssh2_note_allocation(size_t count) {
  if (pending.request_size == 0 || count != pending.request_size) return;
  memcpy(pending.shown, pending.key, pending.key_size);
  pending.request_size = 0;
}

static unsigned char *put_string(unsigned char *to, const void *bytes, size_t size) {
  for (int shift = 24; shift >= 0; shift -= 8) *to++ = (unsigned char)(size >> shift);
  memcpy(to, bytes, size);
  return to + size;
}

int cssh2_userauth_publickey(LIBSSH2_SESSION *session, const char *user, const unsigned char *key, size_t size,
                             const char *algorithm, LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC((*sign)), void **context) {
  if (!algorithm) return libssh2_userauth_publickey(session, user, key, size, sign, context);
  const size_t name_size = strlen(algorithm);
  if (size < 4 + name_size) return LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED;
  unsigned char *shown = calloc(1, size);
  if (!shown) return LIBSSH2_ERROR_ALLOC;
  put_string(shown, algorithm, name_size);
  pending.shown = shown;
  pending.key = key;
  pending.key_size = size;
  // The request; then room for the signature: a length, the algorithm, and as much as the key.
  pending.request_size = (45 + strlen(user) + name_size + size) + 4 + (4 + name_size) + (4 + size);
  const int code = libssh2_userauth_publickey(session, user, shown, size, sign, context);
  // Once the request is made, further calls do not look at the blob.
  pending.request_size = 0;
  pending.shown = NULL;
  free(shown);
  return code;
}

// MARK: The trial

static _Thread_local struct {
  unsigned char bytes[512];
  size_t count;
} sent;

static ssize_t keep(libssh2_socket_t socket, const void *buffer, size_t count, int flags, void **abstract) {
  (void)socket, (void)flags, (void)abstract;
  if (count > sizeof sent.bytes - sent.count) sent.count = sizeof sent.bytes;
  if (sent.count + count <= sizeof sent.bytes) {
    memcpy(sent.bytes + sent.count, buffer, count);
    sent.count += count;
  }
  return (ssize_t)count;
}

static ssize_t silence(libssh2_socket_t socket, void *buffer, size_t count, int flags, void **abstract) {
  (void)socket, (void)buffer, (void)count, (void)flags, (void)abstract;
  return -EAGAIN;
}

static int sign_nothing(LIBSSH2_SESSION *session, unsigned char **signature, size_t *size, const unsigned char *data,
                        size_t data_size, void **context) {
  (void)session, (void)signature, (void)size, (void)data, (void)data_size, (void)context;
  return -1;
}

static int works;

static void try_it(void) {
  LIBSSH2_SESSION *session = cssh2_session_new();
  if (!session) return;
  libssh2_session_set_blocking(session, 0);
  libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *)keep);
  libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)silence);
  unsigned char key[128], *end = key;
  end = put_string(end, "ssh-rsa", 7);
  end = put_string(end, "\1\0\1", 3);
  unsigned char modulus[65] = {0, 0xC5};
  end = put_string(end, modulus, sizeof modulus);
  const size_t size = (size_t)(end - key);
  void *context = NULL;
  sent.count = 0;
  (void)cssh2_userauth_publickey(session, "me", key, size, "rsa-sha2-512", sign_nothing, &context);
  unsigned char wanted[256];
  end = wanted;
  *end++ = 50;  // SSH_MSG_USERAUTH_REQUEST (RFC 4252 §7)
  end = put_string(end, "me", 2);
  end = put_string(end, "ssh-connection", 14);
  end = put_string(end, "publickey", 9);
  *end++ = 0;
  end = put_string(end, "rsa-sha2-512", 12);
  end = put_string(end, key, size);
  const size_t length = (size_t)(end - wanted);
  // Before a key exchange a packet is its length, the length of its padding, the payload (RFC 4253 §6).
  works = sent.count >= 5 + length && sent.count < sizeof sent.bytes && memcmp(sent.bytes + 5, wanted, length) == 0;
  cssh2_session_free(session);
}

int cssh2_names_algorithms(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, try_it);
  return works;
}
