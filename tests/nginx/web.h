/* What the tests of downloads share: a folder that is served, and one where
 * libraries are to be put. */

#ifndef WEB_H
#define WEB_H

#include "fixture.h"
#include "origin.h"

typedef struct {
    char folder[32];
    char web[40];  /* what the origin serves */
    char dest[40]; /* holds nothing but what NGINX puts there */
    origin_t *origin;
    nginx_server_t *server;
    pid_t beside; /* a process that the test runs, or 0 */
} web_t;

/* A group whose *state is a web_t with an origin that has good.so and other.so. */
int start_web(void **state);
int stop_web(void **state);

/* Between tests: ends the process beside, stops the server, empties the destination. */
int clean_web(void **state);

/* A library of the tests' under another name, over what is there. */
void copy_library(const char *library, const char *folder, const char *name);

/* "http://127.0.0.1:PORT", until the next call. */
const char *web_url(int port, const char *login);

/* `nginx -t` of this server refuses in a line that holds all the texts, and
 * leaves the destination folder as it is. */
void assert_refused(const web_t *web, const char *server, const char *const *texts);

/* Names in the destination folder, hidden ones too; and waits up to 5 s until
 * there are that many. */
size_t dest_count(const web_t *web);
void wait_for_dest_count(const web_t *web, size_t count);

#endif
