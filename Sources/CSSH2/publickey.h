#pragma once
#include <libssh2.h>

/// `libssh2_userauth_publickey` with an algorithm whose name is not that of the key blob (RFC 8332 §3: `rsa-sha2-512` and
/// `rsa-sha2-256` sign with keys that are named `ssh-rsa`). NULL: the name in the blob. Only where
/// `cssh2_names_algorithms()` is 1, on a session of `cssh2_session_new`.
int cssh2_userauth_publickey(LIBSSH2_SESSION *session, const char *user, const unsigned char *key, size_t size,
                             const char *algorithm, LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC((*sign)), void **context);

/// 1 where the library at hand sends such a request byte for byte as it is meant; tried once, without any connection.
int cssh2_names_algorithms(void);

/// For the sessions' allocator: to be called before each allocation.
void cssh2_note_allocation(size_t count);
