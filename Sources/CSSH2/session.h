#pragma once
#include <libssh2.h>

/// A session with a context of ours as its abstract pointer; NULL without memory. To be freed by `cssh2_session_free` alone.
/// Its allocator is libssh2's default one, seen by `cssh2_userauth_publickey`.
LIBSSH2_SESSION *cssh2_session_new(void);
void cssh2_session_free(LIBSSH2_SESSION *session);

/// An object for callbacks, which get nothing but the abstract pointer.
void cssh2_set_owner(LIBSSH2_SESSION *session, void *owner);
void *cssh2_owner(void **abstract);

/// The reason of the server's SSH_MSG_DISCONNECT (RFC 4253 §11.1) since the last call; 0: none came, -1: one without a
/// reason. libssh2 reports a closed connection alike with and without one.
int cssh2_take_disconnect(LIBSSH2_SESSION *session);

/// Bytes that were taken off the socket so far: any call of libssh2 may do so, for all channels of the session.
unsigned long long cssh2_received(LIBSSH2_SESSION *session);

/// The first bytes that the server sent: its version and its SSH_MSG_KEXINIT, which libssh2 does not hand out. Not encrypted.
/// Owned by the session; kept until `cssh2_forget_greeting`.
const unsigned char *cssh2_greeting(LIBSSH2_SESSION *session, size_t *size);
void cssh2_forget_greeting(LIBSSH2_SESSION *session);
