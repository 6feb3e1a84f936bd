#!/bin/sh
# libFuzzer finds a bug through ngx_link_func_mock_fuzz_one(), and the input
# becomes a file for replay.
set -eu
# shellcheck source=tests/support/tap.sh
. "$SOURCE/tests/support/tap.sh"

PKG_CONFIG_PATH=$(dirname "$(find "$STAGE" -name ngx_link_func_mock.pc)")
export PKG_CONFIG_PATH
LD_LIBRARY_PATH=$(pkg-config --variable=libdir ngx_link_func_mock)
export LD_LIBRARY_PATH

mkdir "$work/seeds"
# A whole header line is found by no chance in a time that a test has.
printf 'kind="\\x0d\\x0aX-Kind: b\\x0d\\x0a"\n' > "$work/words"
printf 'POST /a?b HTTP/1.1\r\nHost: x\r\nX-Kind: a\r\nContent-Length: 3\r\n\r\n[1]' > "$work/seeds/post.http"

# shellcheck disable=SC2046 # the flags are words
build_target() {
    clang -g -fsanitize=fuzzer "$SOURCE/tests/mock/fuzz_target.c" -o target \
        $(pkg-config --cflags --libs ngx_link_func_mock)
}

a_planted_bug_is_found_and_written_as_http() {
    build_target
    mkdir corpus
    status=0
    ./target -seed=1 -runs=300000 -max_len=128 -dict="$work/words" -artifact_prefix=./ corpus "$work/seeds" > log 2>&1 || status=$?
    tail -n 5 log
    test "$status" -ne 0
    expect_text "$(cat log)" 'deadly signal'
    crash=$(find . -name 'crash-*')
    test -n "$crash"
    LINKFUNC_FUZZ_HTTP=crash.http ./target "$crash" > again 2>&1 || true
    expect_text "$(cat again)" 'deadly signal'
    expect_text "$(cat crash.http)" 'HTTP/1.1'
    expect_text "$(cat crash.http)" 'X-Kind: b'
    LINKFUNC_FUZZ_HTTP=once-more.http ./target crash.http > again 2>&1 || true
    expect_text "$(cat again)" 'deadly signal'
    cmp crash.http once-more.http
}

a_file_that_cannot_be_written_is_told() {
    build_target
    LINKFUNC_FUZZ_HTTP=/nowhere/a.http ./target "$work/seeds/post.http" > log 2>&1 || true
    expect_text "$(cat log)" 'LINKFUNC_FUZZ_HTTP: open() "/nowhere/a.http" failed'
}

tap_run a_planted_bug_is_found_and_written_as_http a_file_that_cannot_be_written_is_told
