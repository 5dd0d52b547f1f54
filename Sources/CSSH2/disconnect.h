#pragma once
#include <libssh2.h>

/// From here on the reason of the server's SSH_MSG_DISCONNECT is kept (RFC 4253 §11.1); libssh2 itself tells of a hung-up
/// connection alike whether the server took its leave or not.
void cssh2_note_disconnects(LIBSSH2_SESSION *session);

/// The reason code that came in a call of this thread since the last time this was asked; 0: none, -1: one without a code.
int cssh2_take_disconnect(void);
