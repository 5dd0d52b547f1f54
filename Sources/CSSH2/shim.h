#pragma once
#include <libssh2.h>
#include "crypto.h"
#include "bcrypt.h"
#include "disconnect.h"
#include "publickey.h"
