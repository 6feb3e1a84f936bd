#ifndef MOCK_HOOK_WAIT_H
#define MOCK_HOOK_WAIT_H

#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "mock_hook.h"

#ifndef LFM_STATIC
#pragma GCC visibility push(default)
#endif

/* NOLINTBEGIN(bugprone-macro-parentheses): types and lists cannot have them */
#define WAIT(told, result, symbol, parameters, is_waiting, call) result LFM_HOOK(symbol) parameters;
/* NOLINTEND(bugprone-macro-parentheses) */
#include "mock_waits.h"
#undef WAIT

#ifndef LFM_STATIC
#pragma GCC visibility pop
#endif

#endif
