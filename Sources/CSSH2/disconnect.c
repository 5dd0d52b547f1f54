#include "disconnect.h"

static _Thread_local int last;

static void note(LIBSSH2_SESSION *session, int reason, const char *message, int length,
                 const char *language, int language_length, void **abstract) {
  (void)session, (void)message, (void)length, (void)language, (void)language_length, (void)abstract;
  last = reason ? reason : -1;
}

void cssh2_note_disconnects(LIBSSH2_SESSION *session) {
  libssh2_session_callback_set(session, LIBSSH2_CALLBACK_DISCONNECT, (void *)note);
}

int cssh2_take_disconnect(void) {
  int reason = last;
  last = 0;
  return reason;
}
