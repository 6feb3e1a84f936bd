/* The calls of a program that read and change the request. */

#include <stdlib.h>
#include <string.h>

#include "program_run.h"

/* Fails the comparison when a failed call writes it. */
#define UNTOUCHED                                                                                            \
    { 7, NULL }

static void tell_lent(int status, ngx_link_func_str_t value) {
    program_tell_lent(status, value);
    if (status != NGX_LINK_FUNC_OK && (value.len != 7 || value.data != NULL)) {
        program_tell(" touched");
    }
}

void program_abi_version(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    (void) ctx;
    (void) arg;
    program_tell(" %u", (unsigned) ngx_link_func_abi_version());
}

void program_strerror(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    (void) ctx;
    program_tell_text(ngx_link_func_strerror((int) arg[0].number));
}

void program_req_args(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    (void) arg;
    program_tell_text(ctx->req_args);
}

void program_req_body(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    (void) arg;
    if (ctx->req_body == NULL) {
        program_tell(" NULL %zu", ctx->req_body_len);
        return;
    }
    program_tell_bytes(ctx->req_body, ctx->req_body_len);
    program_tell(" %d", ctx->req_body[ctx->req_body_len]);
}

void program_get_method(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    ngx_link_func_str_t value = UNTOUCHED;
    int status = ngx_link_func_get_method(ctx, &value);

    (void) arg;
    tell_lent(status, value);
}

void program_get_remote_addr(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    ngx_link_func_str_t value = UNTOUCHED;
    int status = ngx_link_func_get_remote_addr(ctx, &value);

    (void) arg;
    tell_lent(status, value);
}

void program_get_uri(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    ngx_link_func_str_t value = UNTOUCHED;
    int status = ngx_link_func_get_uri(ctx, &value);

    (void) arg;
    program_tell(" %d", status);
    if (status == 0) {
        program_tell_bytes(value.data, value.len);
    }
}

void program_get_prop(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    program_tell_text((const char *) ngx_link_func_get_prop(ctx, arg[0].data, arg[0].len));
}

void program_get_header(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    program_tell_text((const char *) ngx_link_func_get_header(ctx, arg[0].data, arg[0].len));
}

typedef struct {
    size_t visits;
    size_t stop_at; /* 0: never */
} visits_t;

static int tell_header(void *data, const ngx_link_func_str_t *name, const ngx_link_func_str_t *value) {
    visits_t *visits = data;

    program_tell_lent(NGX_LINK_FUNC_OK, *name);
    program_tell_lent(NGX_LINK_FUNC_OK, *value);
    return ++visits->visits == visits->stop_at ? 1 : 0;
}

void program_each_header(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    visits_t visits = {0, arg[0].number};
    int status = ngx_link_func_each_header(ctx, tell_header, &visits);

    program_tell(" %d", status);
}

void program_get_query_param(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    program_tell_text(ngx_link_func_get_query_param(ctx, arg[0].data));
}

typedef int (*getter_t)(ngx_link_func_ctx_t *, const char *, size_t, ngx_link_func_str_t *);

static void tell_named(ngx_link_func_ctx_t *ctx, const program_arg_t *name, getter_t get) {
    ngx_link_func_str_t value = UNTOUCHED;
    int status = get(ctx, name->data, name->len, &value);

    tell_lent(status, value);
}

void program_get_query_arg(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    tell_named(ctx, arg, ngx_link_func_get_query_arg);
}

void program_get_form_arg(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    tell_named(ctx, arg, ngx_link_func_get_form_arg);
}

void program_get_cookie(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    tell_named(ctx, arg, ngx_link_func_get_cookie);
}

void program_get_var(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    tell_named(ctx, arg, ngx_link_func_get_var);
}

void program_set_var(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    program_tell(" %d", ngx_link_func_set_var(ctx, arg[0].data, arg[0].len, arg[1].data, arg[1].len));
}

void program_add_header_in(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    program_tell(" %d", ngx_link_func_add_header_in(ctx, arg[0].data, arg[0].len, arg[1].data, arg[1].len));
}

void program_del_header_in(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    program_tell(" %d", ngx_link_func_del_header_in(ctx, arg[0].data, arg[0].len));
}

/*
 * Memory
 */

/* Every byte of it can be written. */
static void tell_block(unsigned char *block, size_t size) {
    if (block == NULL) {
        program_tell(" NULL");
        return;
    }
    memset(block, 0xa5, size);
    program_tell(size >= 8 && (uintptr_t) block % 8 != 0 ? " misaligned" : " block");
}

void program_palloc(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    tell_block(ngx_link_func_palloc(ctx, arg[0].number), arg[0].number);
}

void program_pcalloc(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    unsigned char *block = ngx_link_func_pcalloc(ctx, arg[0].number);
    size_t i;

    for (i = 0; block != NULL && i < arg[0].number; i++) {
        if (block[i] != 0) {
            program_tell(" dirty at %zu", i);
            break;
        }
    }
    tell_block(block, arg[0].number);
}

void program_strdup(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    char *copy = ngx_link_func_strdup(ctx, arg[0].data);

    program_tell_text(copy);
    program_tell(copy == arg[0].data ? " same" : "");
}

/*
 * Logging
 */

/* Marks debug lines, to be told from NGINX's own. */
static const char *marked(const program_arg_t *text, int is_debug) {
    static const char mark[] = "conformance: ";
    char *line;

    if (!is_debug) {
        return text->data;
    }
    line = program_room(text->len + sizeof(mark));
    (void) snprintf(line, text->len + sizeof(mark), "%s%s", mark, text->data);
    return line;
}

void program_log(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    static void (*const levels[])(ngx_link_func_ctx_t *, const char *) = {
        ngx_link_func_log_debug, ngx_link_func_log_info, ngx_link_func_log_warn, ngx_link_func_log_err};

    levels[arg[0].number % 4](ctx, marked(&arg[1], arg[0].number % 4 == 0));
}

void program_log_macro(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    switch (arg[0].number % 4) {
    case 0:
        ngx_link_func_log(debug, ctx, "%s", marked(&arg[1], 1));
        break;
    case 1:
        ngx_link_func_log(info, ctx, "%s", arg[1].data);
        break;
    case 2:
        ngx_link_func_log(warn, ctx, "%s|%zu", arg[1].data, arg[1].len);
        break;
    default:
        ngx_link_func_log(err, ctx, "%zu|%s", arg[1].len, arg[1].data);
    }
}

void program_log_fmt(ngx_link_func_ctx_t *ctx, const program_arg_t *arg) {
    int level = (int) arg[0].number;
    const char *text = marked(&arg[1], level == NGX_LINK_FUNC_LOG_DEBUG);

    program_tell(" %d", ngx_link_func_log_fmt(ctx, level, "%s", text));
}
