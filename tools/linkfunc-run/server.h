/* One NGINX, from its start to the end of its last process. */

#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "prefix.h"
#include "step.h"
#include "under.h"

typedef struct {
    const char *nginx; /* path of the program */
    const prefix_t *prefix;
    const under_t *under;
    int listener; /* stays open, so that no connection is refused between two servers */
    int log;      /* for its standard error */
    pid_t pid;    /* 0 when it does not run */
    bool told;    /* to end */
} server_t;

/* Blocks the signals that signals_open() tells of, so that none ends this
 * process before it has cleaned up.  To be called first. */
void server_block_signals(void);

/* A descriptor to read them from, or -1 after a message. */
int server_open_signals(void);

/* Starts it.  Returns 0, or -1 after a message. */
int server_start(server_t *server);

/* Starts `nginx -t`, likewise. */
int server_test(const server_t *server, step_t *step);

/* Tells it to end; the second time, kills it. */
void server_stop(server_t *server, int number);

bool server_has_ended(const server_t *server);

/* Behind its end: ends what it left.  Returns its status, as of wait(). */
int server_reap(server_t *server);

#endif
