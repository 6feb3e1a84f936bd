/* All that linkfunc-run waits for. */

#ifndef LOOP_H
#define LOOP_H

#include "log.h"
#include "update.h"
#include "watch.h"

typedef struct {
    server_t *server;
    update_t *update;
    watch_t *watch; /* its fd is -1 when nothing is watched */
    log_t *log;
} loop_t;

/* Serves until NGINX ends or we are told to.  INT, TERM and QUIT are passed on,
 * a second one kills; HUP brings the project in anew.  No process is left.
 * `changes` of names.h come before the start.  Returns our exit status. */
int loop_run(const loop_t *loop, unsigned changes);

#endif
