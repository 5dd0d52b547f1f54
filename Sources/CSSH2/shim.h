#pragma once
#include <libssh2.h>
#include "session.h"
#include "publickey.h"
