#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "publickey.h"

/// RFC 4253 §6.1: a packet of 35,000 bytes must be accepted; lines before the version may precede it.
enum { GREETING_MAX = 48 * 1024 };

typedef struct {
  void *owner;
  int disconnect;
  int records;
  unsigned long long received;
  unsigned char *greeting;
  size_t greeting_size;
} Context;

static void *allocate(size_t count, void **abstract) {
  (void)abstract;
  cssh2_note_allocation(count);
  return malloc(count);
}

static void release(void *memory, void **abstract) {
  (void)abstract;
  free(memory);
}

static void *reallocate(void *memory, size_t count, void **abstract) {
  (void)abstract;
  return realloc(memory, count);
}

static Context *context_of(LIBSSH2_SESSION *session) { return *libssh2_session_abstract(session); }

static void record(Context *context, const unsigned char *bytes, size_t count) {
  if (count > GREETING_MAX - context->greeting_size) count = GREETING_MAX - context->greeting_size;
  unsigned char *grown = realloc(context->greeting, context->greeting_size + count);
  if (!grown) {
    context->records = 0;
    return;
  }
  memcpy(grown + context->greeting_size, bytes, count);
  context->greeting = grown;
  context->greeting_size += count;
  context->records = context->greeting_size < GREETING_MAX;
}

/// As libssh2's own _libssh2_recv.
static ssize_t receive(libssh2_socket_t socket, void *buffer, size_t size, int flags, void **abstract) {
  const ssize_t count = recv(socket, buffer, size, flags);
  if (count < 0) return errno == ENOENT || errno == EWOULDBLOCK ? -EAGAIN : -errno;
  Context *context = *abstract;
  if (context && count > 0) {
    context->received += (unsigned long long)count;
    if (context->records) record(context, buffer, (size_t)count);
  }
  return count;
}

static void note(LIBSSH2_SESSION *session, int reason, const char *message, int length,
                 const char *language, int language_length, void **abstract) {
  (void)session, (void)message, (void)length, (void)language, (void)language_length;
  Context *context = *abstract;
  if (context) context->disconnect = reason ? reason : -1;
}

LIBSSH2_SESSION *cssh2_session_new(void) {
  Context *context = calloc(1, sizeof *context);
  if (!context) return NULL;
  context->records = 1;
  LIBSSH2_SESSION *session = libssh2_session_init_ex(allocate, release, reallocate, context);
  if (!session) {
    free(context);
    return NULL;
  }
  libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)receive);
  libssh2_session_callback_set(session, LIBSSH2_CALLBACK_DISCONNECT, (void *)note);
  return session;
}

void cssh2_session_free(LIBSSH2_SESSION *session) {
  Context *context = context_of(session);
  // A session that waits for its socket is leaked; nothing calls back into it any more.
  (void)libssh2_session_free(session);
  free(context->greeting);
  free(context);
}

void cssh2_set_owner(LIBSSH2_SESSION *session, void *owner) { context_of(session)->owner = owner; }

void *cssh2_owner(void **abstract) {
  const Context *context = abstract ? *abstract : NULL;
  return context ? context->owner : NULL;
}

int cssh2_take_disconnect(LIBSSH2_SESSION *session) {
  Context *context = context_of(session);
  const int reason = context->disconnect;
  context->disconnect = 0;
  return reason;
}

unsigned long long cssh2_received(LIBSSH2_SESSION *session) { return context_of(session)->received; }

const unsigned char *cssh2_greeting(LIBSSH2_SESSION *session, size_t *size) {
  const Context *context = context_of(session);
  *size = context->greeting_size;
  return context->greeting;
}

void cssh2_forget_greeting(LIBSSH2_SESSION *session) {
  Context *context = context_of(session);
  free(context->greeting);
  context->greeting = NULL;
  context->greeting_size = 0;
  context->records = 0;
}
