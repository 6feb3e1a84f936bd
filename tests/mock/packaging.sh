#!/bin/sh
# A program is built against a moved install, with the flags of pkg-config.
set -eu
# shellcheck source=tests/support/tap.sh
. "$SOURCE/tests/support/tap.sh"

cp -a "$STAGE" "$work/moved"
PKG_CONFIG_PATH=$(dirname "$(find "$work/moved" -name ngx_link_func_mock.pc)")
export PKG_CONFIG_PATH

cat > "$work/program.c" << 'END'
#include <ngx_link_func_mock.h>
static void hello(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, 0, 0, "hello", 5);
}
int main(void) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    puts(ngx_link_func_mock_response_body(
        ngx_link_func_mock_call(ngx_link_func_mock_request(mock, "GET", "/"), hello)));
    ngx_link_func_mock_free(mock);
}
END

# shellcheck disable=SC2046 # the flags are words
a_program_links_the_shared_library() {
    cc -o program program.c $(pkg-config --cflags --libs ngx_link_func_mock)
    expect_text "$(LD_LIBRARY_PATH=$(pkg-config --variable=libdir ngx_link_func_mock) ./program)" hello
    expect_text "$(objdump -p program)" libngx_link_func_mock.so
}

cat > "$work/wrapped.c" << 'END'
#include <stdlib.h>
#include <ngx_link_func_mock.h>
static void hello(ngx_link_func_ctx_t *ctx) {
    void *block = malloc(10);
    ngx_link_func_write_resp(ctx, 200, 0, 0, block ? "memory" : "none", block ? 6 : 4);
    free(block);
}
int main(void) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    ngx_link_func_mock_fail_alloc(mock, NGX_LINK_FUNC_MOCK_ALLOC_MALLOC, 1, 1);
    puts(ngx_link_func_mock_response_body(
        ngx_link_func_mock_call(ngx_link_func_mock_request(mock, "GET", "/"), hello)));
    ngx_link_func_mock_free(mock);
}
END

# shellcheck disable=SC2046 # the flags are words
a_program_sends_its_allocations_through_the_mock() {
    cc -o wrapped wrapped.c $(pkg-config --cflags --libs ngx_link_func_mock) \
        $(pkg-config --variable=wrap ngx_link_func_mock)
    expect_text "$(LD_LIBRARY_PATH=$(pkg-config --variable=libdir ngx_link_func_mock) ./wrapped)" none
}

# shellcheck disable=SC2046 # the flags are words
a_program_links_the_static_library() {
    cc -static -o program program.c $(pkg-config --static --cflags --libs ngx_link_func_mock)
    expect_text "$(./program)" hello
}

nothing_points_back_to_where_it_was_built() {
    pkg-config --static --cflags --libs ngx_link_func_mock > flags
    grep -F "$work/moved" flags
    if grep -F "$STAGE" flags; then
        return 1
    fi
}

tap_run a_program_links_the_shared_library a_program_sends_its_allocations_through_the_mock \
    a_program_links_the_static_library nothing_points_back_to_where_it_was_built
