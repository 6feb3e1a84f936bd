/* The listening socket.  We open it ourselves and NGINX inherits it, so the
 * port that the kernel chose cannot be taken by another before NGINX runs. */

#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>

/* Listens on 127.0.0.1, on a free port when *port is 0, which is then set; or
 * only keeps the port, for an NGINX that shall listen itself.  Returns the descriptor, or -1 after a message.
 */
int listener_open(int *port, bool listens);

/* Begins a connection that says nothing, to see when NGINX accepts: its end
 * is then closed and a read gives 0.  Returns a descriptor, or -1. */
int listener_probe(int port);

#endif
