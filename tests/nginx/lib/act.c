/* One function that does what the query string says, step by step: each
 * argument is a step, OPERATION=OPERAND, with the operand percent-decoded.  A
 * step that has a result appends it and ';' to a text, which "show" answers. */

#include <ngx_link_func_module.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE 65536

typedef struct {
    ngx_link_func_ctx_t *ctx;
    char *text;
    size_t len;
    const char *line; /* for the next response */
    const char *type;
    int visits; /* that are left */
} act_t;

/* Of NAME:VALUE both, else the value is empty. */
typedef struct {
    char *data;
    size_t len;
    char *value;
    size_t value_len;
} operand_t;

typedef struct {
    const char *name;
    void (*step)(act_t *a, operand_t *operand);
} operation_t;

void act(ngx_link_func_ctx_t *ctx);
void log_copy(ngx_link_func_ctx_t *ctx);

/*
 * The text
 */

static void add(act_t *a, const void *data, size_t len) {
    if (len > TEXT_SIZE - a->len) {
        len = TEXT_SIZE - a->len;
    }
    memcpy(a->text + a->len, data, len);
    a->len += len;
}

static void add_result(act_t *a, int result) {
    char digits[16];
    int len = snprintf(digits, sizeof(digits), "%d;", result);

    add(a, digits, (size_t) len);
}

/* A lent string with its NUL, or why there is none. */
static void add_lent(act_t *a, int status, const ngx_link_func_str_t *lent) {
    if (status != NGX_LINK_FUNC_OK) {
        add_result(a, status);
        return;
    }
    add(a, lent->data, lent->len);
    add(a, lent->data[lent->len] == '\0' ? ";" : "(no NUL);", lent->data[lent->len] == '\0' ? 1 : 9);
}

static void add_string(act_t *a, const void *string) {
    const char *text = string == NULL ? "NULL" : string;

    add(a, text, strlen(text));
    add(a, ";", 1);
}

/*
 * Request
 */

static void set_in(act_t *a, operand_t *o) {
    add_result(a, ngx_link_func_add_header_in(a->ctx, o->data, o->len, o->value, o->value_len));
}

static void delete_in(act_t *a, operand_t *o) {
    add_result(a, ngx_link_func_del_header_in(a->ctx, o->data, o->len));
}

static void get_in(act_t *a, operand_t *o) {
    add_string(a, ngx_link_func_get_header(a->ctx, o->data, o->len));
}

static int visit(void *data, const ngx_link_func_str_t *name, const ngx_link_func_str_t *value) {
    act_t *a = data;

    add_lent(a, NGX_LINK_FUNC_OK, name);
    add_lent(a, NGX_LINK_FUNC_OK, value);
    return --a->visits == 0 ? 7 : 0;
}

/* each=N: at most so many. */
static void each_in(act_t *a, operand_t *o) {
    a->visits = (int) strtol(o->data, NULL, 10);
    add_result(a, ngx_link_func_each_header(a->ctx, visit, a));
}

static void get_method(act_t *a, operand_t *o) {
    ngx_link_func_str_t value = {0, NULL};

    (void) o;
    add_lent(a, ngx_link_func_get_method(a->ctx, &value), &value);
}

static void get_address(act_t *a, operand_t *o) {
    ngx_link_func_str_t value = {0, NULL};

    (void) o;
    add_lent(a, ngx_link_func_get_remote_addr(a->ctx, &value), &value);
}

static void get_variable(act_t *a, operand_t *o) {
    ngx_link_func_str_t value = {0, NULL};

    add_lent(a, ngx_link_func_get_var(a->ctx, o->data, o->len, &value), &value);
}

static void set_variable(act_t *a, operand_t *o) {
    add_result(a, ngx_link_func_set_var(a->ctx, o->data, o->len, o->value, o->value_len));
}

static void get_query(act_t *a, operand_t *o) {
    ngx_link_func_str_t value = {0, NULL};

    add_lent(a, ngx_link_func_get_query_arg(a->ctx, o->data, o->len, &value), &value);
}

static void get_form(act_t *a, operand_t *o) {
    ngx_link_func_str_t value = {0, NULL};

    add_lent(a, ngx_link_func_get_form_arg(a->ctx, o->data, o->len, &value), &value);
}

static void get_cookie(act_t *a, operand_t *o) {
    ngx_link_func_str_t value = {0, NULL};

    add_lent(a, ngx_link_func_get_cookie(a->ctx, o->data, o->len, &value), &value);
}

static void get_param(act_t *a, operand_t *o) {
    add_string(a, ngx_link_func_get_query_param(a->ctx, o->data));
}

static void get_prop(act_t *a, operand_t *o) {
    add_string(a, ngx_link_func_get_prop(a->ctx, o->data, o->len));
}

static void show_body(act_t *a, operand_t *o) {
    const unsigned char *body = a->ctx->req_body;
    size_t len = a->ctx->req_body_len;
    unsigned long long sum = 0;
    char text[64];
    int text_len;
    size_t i;

    (void) o;
    for (i = 0; i < len; i++) {
        sum += (i + 1) * body[i];
    }
    text_len = snprintf(text, sizeof(text), "%zu,%llu,%d;", len, sum, body == NULL ? -1 : body[len]);
    add(a, text, (size_t) text_len);
}

static void show_body_address(act_t *a, operand_t *o) {
    char text[32];
    int text_len = snprintf(text, sizeof(text), "%p;", (void *) a->ctx->req_body);

    (void) o;
    add(a, text, (size_t) text_len);
}

/*
 * Response
 */

static void add_out(act_t *a, operand_t *o) {
    add_result(a, ngx_link_func_add_header_out(a->ctx, o->data, o->len, o->value, o->value_len));
}

static void set_out(act_t *a, operand_t *o) {
    add_result(a, ngx_link_func_set_header_out(a->ctx, o->data, o->len, o->value, o->value_len));
}

static void delete_out(act_t *a, operand_t *o) {
    add_result(a, ngx_link_func_del_header_out(a->ctx, o->data, o->len));
}

static void keep_line(act_t *a, operand_t *o) {
    a->line = o->data;
}

static void keep_type(act_t *a, operand_t *o) {
    a->type = o->data;
}

/* status=CODE:BODY */
static void respond(act_t *a, operand_t *o) {
    ngx_link_func_write_resp(a->ctx, strtoull(o->data, NULL, 10), a->line, a->type, o->value, o->value_len);
}

/* The header of the block carries what the log function needs. */
static void release(void *arg) {
    ngx_link_func_cycle_t *cycle = arg;

    ngx_link_func_cyc_log_info(cycle, "a body was released");
    free(cycle);
}

/* ref=CODE:LENGTH */
static void respond_by_reference(act_t *a, operand_t *o) {
    size_t len = strtoul(o->value, NULL, 10);
    ngx_link_func_cycle_t *cycle = calloc(1, sizeof(*cycle) + len);
    char *body = (char *) (cycle + 1);

    ngx_link_func_log_info(a->ctx, "a body was lent");
    cycle->__log__ = a->ctx->__log__;
    memset(body, 'r', len);
    add_result(a, ngx_link_func_write_resp_ref(a->ctx, strtoull(o->data, NULL, 10), a->type, body, len,
                                               release, cycle));
}

static void respond_by_static_reference(act_t *a, operand_t *o) {
    (void) o;
    add_result(a, ngx_link_func_write_resp_ref(a->ctx, 200, a->type, "static", 6, NULL, NULL));
}

/* large=LENGTH, all 'l' */
static void respond_large(act_t *a, operand_t *o) {
    size_t len = strtoul(o->data, NULL, 10);
    char *body = malloc(len);

    memset(body, 'l', len);
    ngx_link_func_write_resp(a->ctx, 200, NULL, a->type, body, len);
    free(body);
}

/* As what snprintf answers when it fails. */
static void respond_endless(act_t *a, operand_t *o) {
    (void) o;
    ngx_link_func_write_resp(a->ctx, 200, NULL, a->type, "endless", (size_t) -1);
}

static void respond_endless_by_reference(act_t *a, operand_t *o) {
    (void) o;
    add_result(a, ngx_link_func_write_resp_ref(a->ctx, 200, a->type, "endless", (size_t) -1, NULL, NULL));
}

static void decline(act_t *a, operand_t *o) {
    (void) o;
    add_result(a, ngx_link_func_decline(a->ctx));
}

/* log=LEVEL:TEXT */
static void log_text(act_t *a, operand_t *o) {
    add_result(a, ngx_link_func_log_fmt(a->ctx, (int) strtol(o->data, NULL, 10), "<%s>", o->value));
}

static void show(act_t *a, operand_t *o) {
    (void) o;
    ngx_link_func_write_resp(a->ctx, 200, a->line, a->type, a->text, a->len);
}

static const operation_t operations[] = {
    {"in", set_in},
    {"delin", delete_in},
    {"header", get_in},
    {"each", each_in},
    {"method", get_method},
    {"addr", get_address},
    {"var", get_variable},
    {"setvar", set_variable},
    {"arg", get_query},
    {"form", get_form},
    {"cookie", get_cookie},
    {"param", get_param},
    {"prop", get_prop},
    {"body", show_body},
    {"bodyat", show_body_address},
    {"out", add_out},
    {"setout", set_out},
    {"delout", delete_out},
    {"line", keep_line},
    {"type", keep_type},
    {"status", respond},
    {"ref", respond_by_reference},
    {"refstatic", respond_by_static_reference},
    {"large", respond_large},
    {"endless", respond_endless},
    {"refendless", respond_endless_by_reference},
    {"decline", decline},
    {"log", log_text},
    {"show", show},
};

static int hex_digit(char c) {
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Decodes in place and cuts at the first colon that stood there as such. */
static operand_t decode(char *text) {
    operand_t o = {text, 0, NULL, 0};
    char *to = text;
    const char *from;

    for (from = text; *from != '\0'; from++) {
        if (*from == ':' && o.value == NULL) {
            o.len = (size_t) (to - text);
            *to++ = '\0';
            o.value = to;
        } else if (*from == '%') {
            *to++ = (char) (hex_digit(from[1]) * 16 + hex_digit(from[2]));
            from += 2;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    if (o.value == NULL) {
        o.len = (size_t) (to - text);
        o.value = to;
    }
    o.value_len = (size_t) (to - o.value);
    return o;
}

/* What a function was given it has copied, so nothing is seen of this. */
static void spoil(const act_t *a, operand_t *o) {
    if (o->data != a->line && o->data != a->type) {
        memset(o->data, '#', o->len);
        memset(o->value, '#', o->value_len);
    }
}

static void take_step(act_t *a, char *text) {
    char *operand = strchr(text, '=');
    operand_t o;
    size_t i;

    if (operand == NULL) {
        operand = text + strlen(text);
    } else {
        *operand++ = '\0';
    }
    o = decode(operand);
    for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (strcmp(operations[i].name, text) == 0) {
            operations[i].step(a, &o);
        }
    }
    spoil(a, &o);
}

void act(ngx_link_func_ctx_t *ctx) {
    act_t state = {ctx, ngx_link_func_palloc(ctx, TEXT_SIZE), 0, NULL, NULL, 0};
    char *steps = ngx_link_func_strdup(ctx, ctx->req_args == NULL ? "" : ctx->req_args);
    char *save = NULL;
    char *step;

    ngx_link_func_log_info(ctx, "act was called");
    for (step = strtok_r(steps, "&", &save); step != NULL; step = strtok_r(NULL, "&", &save)) {
        take_step(&state, step);
    }
}

void log_copy(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t method = {0, NULL};

    (void) ngx_link_func_get_method(ctx, &method);
    ngx_link_func_log(info, ctx, "copied %s %s", (const char *) method.data,
                      ctx->req_body == NULL ? "nothing" : (const char *) ctx->req_body);
}
