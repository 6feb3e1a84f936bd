/* Web servers on loopback ports that the kernel chose, for tests of downloads:
 * one that misbehaves as its path says, and a TLS one.  Each is a process of
 * its own.  Any failure fails the running cmocka test.
 *
 *   /file/NAME          the file NAME of the folder
 *   /chunked/NAME       the same without a length
 *   /gzip/NAME          NAME as a gzip coded body
 *   /status/CODE/NAME   the file with another status
 *   /truncated/NAME     ends in the middle
 *   /stalled/NAME       goes silent in the middle
 *   /paused/NAME        goes on in the middle when the folder has a file "go"
 *   /dripped/N/NAME     takes N seconds
 *   /huge               says that 256 MiB and a byte will come
 *   /hang               never answers
 *   /hops/N/NAME        N redirects, then the file
 *   /to?URL             redirects to URL
 *   /login/NAME         only for "us er" with the password "p@ss:word"
 *   /token/NAME         only with the header "X-Token: secret"
 */

#ifndef ORIGIN_H
#define ORIGIN_H

#include <stddef.h>

typedef struct origin_s origin_t;

/* The folder is lent until it is stopped; its file "requests" gets all that
 * is asked. */
origin_t *origin_start(const char *folder);

/* Over TLS, with PEM files of the folder.  Each file of the folder that is
 * asked for is a whole response, headers included. */
origin_t *origin_start_tls(const char *folder, const char *certificate, const char *key);

int origin_port(const origin_t *origin);

/* How often `text` stands in what the first kind has been asked. */
size_t origin_request_count(const origin_t *origin, const char *text);

/* NULL is ignored. */
void origin_stop(origin_t *origin);

#endif
