/* Each cause for which a header or a status is refused: it is found with its
 * function and line, and what is nearly the same is taken. */

#include "finding_rows.h"

/* What a function of the API is given. */
typedef struct {
    const char *name; /* of a header; or the status line */
    size_t name_len;
    const char *value; /* of a header; or the content type */
    size_t value_len;
    uintptr_t status;
} given_t;

typedef void (*giver_t)(ngx_link_func_ctx_t *ctx, const given_t *given);

/* In one line, which is the one that is blamed. */
#define NAME given->name, given->name_len
#define VALUE given->value, given->value_len

#define GIVER __attribute__((noinline)) static void

GIVER adds_out(ngx_link_func_ctx_t *ctx, const given_t *given) {
    BLAMED((void) ngx_link_func_add_header_out(ctx, NAME, VALUE));
    answer(ctx);
}

GIVER sets_out(ngx_link_func_ctx_t *ctx, const given_t *given) {
    BLAMED((void) ngx_link_func_set_header_out(ctx, NAME, VALUE));
    answer(ctx);
}

GIVER deletes_out(ngx_link_func_ctx_t *ctx, const given_t *given) {
    BLAMED((void) ngx_link_func_del_header_out(ctx, NAME));
    answer(ctx);
}

GIVER adds_in(ngx_link_func_ctx_t *ctx, const given_t *given) {
    BLAMED((void) ngx_link_func_add_header_in(ctx, NAME, VALUE));
    answer(ctx);
}

GIVER deletes_in(ngx_link_func_ctx_t *ctx, const given_t *given) {
    BLAMED((void) ngx_link_func_del_header_in(ctx, NAME));
    answer(ctx);
}

GIVER writes(ngx_link_func_ctx_t *ctx, const given_t *given) {
    BLAMED(ngx_link_func_write_resp(ctx, given->status, given->name, given->value, "", 0));
}

GIVER writes_lengths(ngx_link_func_ctx_t *ctx, const given_t *given) {
    BLAMED(ngx_link_func_write_resp_l(ctx, given->status, NAME, VALUE, "", 0));
}

GIVER lends(ngx_link_func_ctx_t *ctx, const given_t *given) {
    BLAMED((void) ngx_link_func_write_resp_ref(ctx, given->status, given->value, "", 0, NULL, NULL));
}

typedef struct {
    ngx_link_func_mock_code_t code;
    const char *function;
    giver_t give;
    given_t wrong;
    given_t nearly;
    const char *text;
} row_t;

#define TEXT(literal) (literal), sizeof(literal) - 1
#define HEADER(name, value)                                                                                  \
    { TEXT(name), TEXT(value), 0 }
#define NOTHING NULL, 0
#define LINE(status, line)                                                                                   \
    { TEXT(line), NOTHING, (status) }
#define TYPE(type)                                                                                           \
    { NOTHING, TEXT(type), 200 }
#define STATUS(status)                                                                                       \
    { NOTHING, NOTHING, (status) }

#define REFUSED CODE(HEADER_REFUSED)
#define MISMATCH CODE(STATUS_MISMATCH)
#define TOKEN "its name is not a token"
#define CONTROL "its value contains CR, LF or NUL"
#define FRAMES "it frames the message"

static const row_t rows[] = {
    {REFUSED, WRONG(adds_out), HEADER("", "1"), HEADER("x", "1"), TOKEN},
    {REFUSED, WRONG(adds_out), HEADER("X Name", "1"), HEADER("X-Name", "1"), TOKEN},
    {REFUSED, WRONG(adds_out), HEADER("X-Name:", "1"), HEADER("X-Name~", "1"), TOKEN},
    {REFUSED, WRONG(adds_out), HEADER("X\0Name", "1"), HEADER("X_Name", "1"), TOKEN},
    {REFUSED, WRONG(adds_out), HEADER("X-N\xc3\xa4me", "1"), HEADER("X-Name", "\xc3\xa4"), TOKEN},
    {REFUSED, WRONG(adds_out), HEADER("X-Name", "a\rb"), HEADER("X-Name", "a\tb"), CONTROL},
    {REFUSED, WRONG(adds_out), HEADER("X-Name", "a\nb"), HEADER("X-Name", "a b"), CONTROL},
    {REFUSED, WRONG(adds_out), HEADER("X-Name", "a\0b"), HEADER("X-Name", ""), CONTROL},
    {REFUSED, WRONG(adds_out), HEADER("Content-Type", "a\nb"), HEADER("Content-Type", "a/b"), CONTROL},
    {REFUSED, WRONG(adds_out), HEADER("Content-Length", "1"), HEADER("X-Content-Length", "1"), FRAMES},
    {REFUSED, WRONG(adds_out), HEADER("transfer-encoding", "chunked"), HEADER("TE", "trailers"), FRAMES},
    {REFUSED, WRONG(adds_out), HEADER("Connection", "close"), HEADER("Connection-Id", "1"), FRAMES},
    {REFUSED, WRONG(adds_out), HEADER("Keep-Alive", "1"), HEADER("Keep", "1"), FRAMES},
    {REFUSED, WRONG(adds_out), HEADER("Proxy-Connection", "close"), HEADER("Proxy", "1"), FRAMES},
    {REFUSED, WRONG(adds_out), HEADER("Upgrade", "h2c"), HEADER("Upgrades", "1"), FRAMES},
    {REFUSED, WRONG(adds_out), HEADER("Trailer", "X-A"), HEADER("Trail", "1"), FRAMES},

    {REFUSED, WRONG(sets_out), HEADER("X Name", "1"), HEADER("X-Name", "1"), TOKEN},
    {REFUSED, WRONG(sets_out), HEADER("X-Name", "a\rb"), HEADER("X-Name", "a\tb"), CONTROL},
    {REFUSED, WRONG(sets_out), HEADER("Content-Length", "1"), HEADER("Content-Language", "de"), FRAMES},
    {REFUSED, WRONG(deletes_out), HEADER("X Name", ""), HEADER("X-Name", ""), TOKEN},
    {REFUSED, WRONG(deletes_out), HEADER("Connection", ""), HEADER("Content-Type", ""), FRAMES},
    {REFUSED, WRONG(adds_in), HEADER("X Name", "1"), HEADER("X-Name", "1"), TOKEN},
    {REFUSED, WRONG(adds_in), HEADER("X-Name", "a\0b"), HEADER("X-Name", "a\tb"), CONTROL},
    {REFUSED, WRONG(adds_in), HEADER("Content-Length", "1"), HEADER("Host", "here"), FRAMES},
    {REFUSED, WRONG(adds_in), HEADER("Transfer-Encoding", "chunked"), HEADER("TE", "trailers"), FRAMES},
    {REFUSED, WRONG(deletes_in), HEADER("", ""), HEADER("X-Name", ""), TOKEN},
    {REFUSED, WRONG(deletes_in), HEADER("Host", ""), HEADER("Hosts", ""), "a request must have it"},
    {REFUSED, WRONG(deletes_in), HEADER("Content-Length", ""), HEADER("Content-Type", ""), FRAMES},

    {REFUSED, WRONG(writes), TYPE("a/b\rc"), TYPE("a/b; c=d"), "the content type"},
    {REFUSED, WRONG(writes), TYPE("a/b\nc"), TYPE("a/b;\tc=d"), "the content type"},
    {REFUSED, WRONG(writes_lengths), TYPE("a/b\0"), TYPE("a/b"), "the content type"},
    {REFUSED, WRONG(lends), TYPE("a/b\n"), TYPE("a/b"), "the content type"},

    {MISMATCH, WRONG(writes), LINE(404, "200 OK"), LINE(404, "404 Nobody"), "\"200 OK\""},
    {MISMATCH, WRONG(writes), LINE(200, "OK"), LINE(200, "200"), "\"OK\""},
    {MISMATCH, WRONG(writes), LINE(200, "2000 OK"), LINE(200, "200 0K"), "\"2000 OK\""},
    {MISMATCH, WRONG(writes), LINE(200, "200\tOK"), LINE(200, "200 OK"), "\"200\\x09OK\""},
    {MISMATCH, WRONG(writes), LINE(200, "200 OK\r\nX: 1"), LINE(200, "200 OK: 1"),
     "\"200 OK\\x0D\\x0AX: 1\""},
    {MISMATCH, WRONG(writes), LINE(200, "200 O\177K"), LINE(200, "200 \xc3\x96K"), "does not fit"},
    {MISMATCH, WRONG(writes_lengths), LINE(200, "20"), LINE(200, "200 "), "\"20\""},
    {MISMATCH, WRONG(writes_lengths), LINE(200, "200 O\0K"), LINE(200, ""), "does not fit"},
    {MISMATCH, WRONG(writes), STATUS(199), STATUS(200), "the status 199"},
    {MISMATCH, WRONG(writes), STATUS(600), STATUS(599), "the status 600"},
    {MISMATCH, WRONG(writes_lengths), STATUS(0), STATUS(204), "the status 0"},
    {MISMATCH, WRONG(lends), STATUS(1000), STATUS(500), "the status 1000"},
};

static const row_t *row;

static void gives_what_is_wrong(ngx_link_func_ctx_t *ctx) {
    row->give(ctx, &row->wrong);
}

static void gives_what_is_right(ngx_link_func_ctx_t *ctx) {
    row->give(ctx, &row->nearly);
}

static void each_cause_is_found_where_it_is_given(void **state) {
    for (row = rows; row < rows + sizeof(rows) / sizeof(rows[0]); row++) {
        const finding_row_t expected = {row->code, row->function, NULL, NULL, row->text};

        run(*state, gives_what_is_wrong);
        assert_found(*state, &expected);
        ngx_link_func_mock_findings_clear(*state);
        run(*state, gives_what_is_right);
        assert_nothing_found(*state, row->text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_cause_is_found_where_it_is_given, counting_setup,
                                        ngx_link_func_mock_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
