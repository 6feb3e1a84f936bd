/* Being told to end: INT, TERM and HUP are taken between two steps, so that
 * what was begun is put back first. */

#ifndef STOP_H
#define STOP_H

#include <stdbool.h>
#include <sys/types.h>

/* To be called first.  -1 when the kernel refuses, which was reported. */
int stop_begin(void);

/* Undoes in a child what stop_begin() did to its signals. */
void stop_forget(void);

/* Waits until `fd` (-1: none) can be read, a child has ended, somebody asks to
 * end, or the time is over; true when somebody has asked. */
bool stop_wait(int fd, int milliseconds);

bool stop_asked(void);

/* From here on nobody is listened to: things are being put back. */
void stop_defer(void);

/* Of the monotonic clock, in milliseconds. */
long long stop_now(void);

#endif
