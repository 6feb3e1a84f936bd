/* A request on its way through a configuration. */

#ifndef MOCK_DISPATCH_H
#define MOCK_DISPATCH_H

#include "mock_config.h"

typedef struct {
    lfm_call_t *call;
    ngx_link_func_mock_response_t *response;
    const lfm_config_t *config;
    const lfm_server_t *server;
    lfm_location_t *level;
    lfm_captures_t captures;
    char stop[1024]; /* why the test stops when the call has ended, "" to go on */
} lfm_dispatch_t;

/* The mock cannot go on from here.  The test is stopped where nothing is owned
 * any more.  Returns 0. */
int lfm_dispatch_stop(lfm_dispatch_t *dispatch, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Answers with NGINX's page for the status, or without a body where it has none. */
void lfm_dispatch_page(lfm_dispatch_t *dispatch, unsigned status);

/* Finds the server, by the address and the name that the request asks for. */
const lfm_server_t *lfm_server_choose(const lfm_config_t *config,
                                      const ngx_link_func_mock_request_t *request);

/* The one that reads the request line, when the name is not known yet. */
const lfm_server_t *lfm_server_default(const lfm_config_t *config,
                                       const ngx_link_func_mock_request_t *request);

/* Says in the call how the request comes. */
void lfm_server_accept(lfm_call_t *call, const lfm_config_t *config);

/* What the regular expression captures by which the server was chosen. */
void lfm_server_capture(lfm_dispatch_t *dispatch);

typedef enum {
    LFM_LOCATION_TAKEN,    /* dispatch->level is it, the server's own when there is none */
    LFM_LOCATION_REDIRECT, /* dispatch->level wants a '/' behind the path */
    LFM_LOCATION_STOPPED,
} lfm_location_found_t;

lfm_location_found_t lfm_location_choose(lfm_dispatch_t *dispatch);

/* How the location of a level is written; its text is NUL-terminated. */
const lf_location_t *lfm_location_name(const lfm_location_t *level);

/* Whether the level can be imitated; if not, it stops. */
int lfm_dispatch_enter(lfm_dispatch_t *dispatch, lfm_location_t *level);

#endif
