/* What NGINX writes to standard error, shown as it comes. */

#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>

enum { LOG_LINE = 4096 }; /* NGINX cuts its own at half of it */

typedef struct {
    int fd;     /* to read; -1 when there is none */
    int writer; /* for NGINX; closed on exec */
    bool colour;
    char line[LOG_LINE];
    size_t len;
} log_t;

/* Returns 0, or -1 after a message. */
int log_open(log_t *log);

/* Shows the lines that have come. */
void log_read(log_t *log);

/* Shows what is left, and closes it. */
void log_close(log_t *log);

#endif
