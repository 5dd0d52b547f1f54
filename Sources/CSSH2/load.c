// libssh2, loaded when the first of its functions is called.
//
// It brings libcrypto along, and the loader's work for both is a quarter of the time of a query, which
// never opens a connection. So on Linux nothing here is linked against libssh2: each function that
// Swift calls is defined below and hands over to the one of the same name. A further function is one
// more line; without it the program does not link. (Elsewhere the library is linked as usual.)
#ifdef __linux__
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

#include "shim.h"

static void *library;
static void load(void) { library = dlopen("libssh2.so.1", RTLD_NOW | RTLD_LOCAL); }

/// NULL only when there is no libssh2: libssh2_init tells, and nothing else may be called then.
static void *find(const char *name) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return library ? dlsym(library, name) : NULL;
}

#define TARGET(name)                                                          \
  static __typeof__(&name) known;                                             \
  __typeof__(&name) target = __atomic_load_n(&known, __ATOMIC_RELAXED);       \
  if (!target) {                                                              \
    target = (__typeof__(&name))find(#name);                                  \
    __atomic_store_n(&known, target, __ATOMIC_RELAXED);                       \
  }

#define FORWARD(result, name, parameters, arguments) \
  result name parameters {                           \
    TARGET(name)                                     \
    if (!target) abort();                            \
    return target arguments;                         \
  }

#define FORWARD_VOID(name, parameters, arguments) \
  void name parameters {                          \
    TARGET(name)                                  \
    if (!target) abort();                         \
    target arguments;                             \
  }

int libssh2_init(int flags) {
  TARGET(libssh2_init)
  return target ? target(flags) : LIBSSH2_ERROR_METHOD_NOT_SUPPORTED;
}

const char *libssh2_version(int version) {
  TARGET(libssh2_version)
  return target ? target(version) : NULL;
}

typedef LIBSSH2_SESSION *Session;
typedef LIBSSH2_CHANNEL *Channel;
typedef LIBSSH2_KNOWNHOSTS *Hosts;

FORWARD(Session, libssh2_session_init_ex,
        (LIBSSH2_ALLOC_FUNC((*a)), LIBSSH2_FREE_FUNC((*f)), LIBSSH2_REALLOC_FUNC((*r)), void *p),
        (a, f, r, p))
FORWARD(int, libssh2_session_free, (Session s), (s))
FORWARD(void **, libssh2_session_abstract, (Session s), (s))
FORWARD(void *, libssh2_session_callback_set, (Session s, int kind, void *function), (s, kind, function))
FORWARD_VOID(libssh2_session_set_blocking, (Session s, int on), (s, on))
FORWARD(int, libssh2_session_flag, (Session s, int flag, int value), (s, flag, value))
FORWARD(int, libssh2_session_method_pref, (Session s, int type, const char *text), (s, type, text))
FORWARD(int, libssh2_session_supported_algs, (Session s, int type, const char ***list), (s, type, list))
FORWARD_VOID(libssh2_free, (Session s, void *p), (s, p))
FORWARD(int, libssh2_session_handshake, (Session s, libssh2_socket_t socket), (s, socket))
FORWARD(const char *, libssh2_session_banner_get, (Session s), (s))
FORWARD(const char *, libssh2_session_methods, (Session s, int kind), (s, kind))
FORWARD(const char *, libssh2_session_hostkey, (Session s, size_t *n, int *type), (s, n, type))
FORWARD(const char *, libssh2_hostkey_hash, (Session s, int type), (s, type))
FORWARD(int, libssh2_session_block_directions, (Session s), (s))
FORWARD(int, libssh2_session_last_errno, (Session s), (s))
FORWARD(int, libssh2_session_last_error, (Session s, char **text, int *n, int copy),
        (s, text, n, copy))

FORWARD(char *, libssh2_userauth_list, (Session s, const char *user, unsigned int n), (s, user, n))
FORWARD(int, libssh2_userauth_authenticated, (Session s), (s))
FORWARD(int, libssh2_userauth_publickey,
        (Session s, const char *user, const unsigned char *key, size_t n,
         LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC((*sign)), void **context),
        (s, user, key, n, sign, context))
FORWARD(int, libssh2_userauth_password_ex,
        (Session s, const char *user, unsigned int n, const char *password, unsigned int m,
         LIBSSH2_PASSWD_CHANGEREQ_FUNC((*change))),
        (s, user, n, password, m, change))
FORWARD(int, libssh2_userauth_keyboard_interactive_ex,
        (Session s, const char *user, unsigned int n,
         LIBSSH2_USERAUTH_KBDINT_RESPONSE_FUNC((*reply))),
        (s, user, n, reply))

FORWARD(Hosts, libssh2_knownhost_init, (Session s), (s))
FORWARD(int, libssh2_knownhost_readline, (Hosts h, const char *line, size_t n, int type),
        (h, line, n, type))
FORWARD(int, libssh2_knownhost_check,
        (Hosts h, const char *host, const char *key, size_t n, int type,
         struct libssh2_knownhost **found),
        (h, host, key, n, type, found))
FORWARD_VOID(libssh2_knownhost_free, (Hosts h), (h))

FORWARD(Channel, libssh2_channel_open_ex,
        (Session s, const char *type, unsigned int n, unsigned int window, unsigned int packet,
         const char *text, unsigned int m),
        (s, type, n, window, packet, text, m))
FORWARD(int, libssh2_channel_process_startup,
        (Channel c, const char *request, unsigned int n, const char *text, unsigned int m),
        (c, request, n, text, m))
FORWARD(ssize_t, libssh2_channel_read_ex, (Channel c, int stream, char *to, size_t n),
        (c, stream, to, n))
FORWARD(ssize_t, libssh2_channel_write_ex, (Channel c, int stream, const char *from, size_t n),
        (c, stream, from, n))
FORWARD(unsigned long, libssh2_channel_window_write_ex, (Channel c, unsigned long *initial), (c, initial))
FORWARD(int, libssh2_channel_eof, (Channel c), (c))
FORWARD(int, libssh2_channel_close, (Channel c), (c))
FORWARD(int, libssh2_channel_free, (Channel c), (c))
#endif
