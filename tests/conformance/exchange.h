/* Writes an exchange in the form of the table's `expected`. */

#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stddef.h>

typedef struct exchange_s exchange_t;

exchange_t *exchange_new(const char *status_line);

/* Date, Connection and NGINX's own Server are left out: they are not the
 * handler's. */
void exchange_header(exchange_t *exchange, const char *name, const char *value);
void exchange_body(exchange_t *exchange, const char *body, size_t len);

/* Behind the body; `text` is not NUL-terminated, and cut when it is very long. */
void exchange_log(exchange_t *exchange, const char *level, const char *text, size_t len);

/* The text, to be freed by the caller; the exchange is gone. */
char *exchange_finish(exchange_t *exchange);

#endif
