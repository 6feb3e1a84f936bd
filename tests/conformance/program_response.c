/* The calls of a program that make the response. */

#include <stdlib.h>
#include <string.h>

#include "program_run.h"

static unsigned releases;        /* so far */
static unsigned releases_before; /* the running program began, since the last that asked */

static void count_release(void *body) {
    free(body);
    releases++;
}

/* When in its life a program's own bodies go is not said anywhere. */
void program_count_releases(void) {
    releases_before += releases;
    releases = 0;
}

void program_forget_releases(void) {
    releases = releases_before = 0;
}

void program_released(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    (void) ctx;
    (void) arg;
    program_tell(" %u", releases_before);
    releases_before = 0;
}

/* Neither a response nor anything else: what NGINX makes of that. */
void program_quiet(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    (void) ctx;
    (void) arg;
    program_answer(PROGRAM_ANSWERED);
}

void program_write_resp(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    program_answer(PROGRAM_ANSWERED);
    ngx_link_func_write_resp(ctx, arg[0].number, arg[1].data, arg[2].data, arg[3].data, arg[3].len);
}

void program_write_resp_l(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    program_answer(PROGRAM_ANSWERED);
    ngx_link_func_write_resp_l(ctx, arg[0].number, arg[1].data, arg[1].len, arg[2].data, arg[2].len,
                               arg[3].data, arg[3].len);
}

void program_write_resp_ref(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    char *body = malloc(arg[2].len + 1);

    if (body == NULL) {
        abort();
    }
    if (arg[2].len > 0) {
        memcpy(body, arg[2].data, arg[2].len);
    }
    program_answer(PROGRAM_ANSWERED);
    program_tell(" %d", ngx_link_func_write_resp_ref(ctx, arg[0].number, arg[1].data, body, arg[2].len,
                                                     count_release, body));
}

void program_decline(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    (void) arg;
    program_answer(PROGRAM_ANSWERED);
    program_tell(" %d", ngx_link_func_decline(ctx));
}

void program_add_header_out(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    program_tell(" %d", ngx_link_func_add_header_out(ctx, arg[0].data, arg[0].len, arg[1].data, arg[1].len));
}

void program_set_header_out(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    program_tell(" %d", ngx_link_func_set_header_out(ctx, arg[0].data, arg[0].len, arg[1].data, arg[1].len));
}

void program_del_header_out(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    program_tell(" %d", ngx_link_func_del_header_out(ctx, arg[0].data, arg[0].len));
}
