/* The life of one NGINX, from its start to the end of its last process. */

#ifndef SERVER_H
#define SERVER_H

#include "prefix.h"

typedef struct {
    const char *nginx; /* path of the program */
    int listener;      /* closed once NGINX has it */
    const prefix_t *prefix;
} server_t;

/* Blocks the signals that server_run() answers, so that none ends this
 * process before it has cleaned up.  To be called first. */
void server_block_signals(void);

/* Runs NGINX until it ends or we are told to.  INT, TERM and QUIT are passed
 * on, a second one kills; HUP brings the project in anew and reloads.  No
 * process is left.  Returns the exit status of linkfunc-run. */
int server_run(const server_t *server);

#endif
