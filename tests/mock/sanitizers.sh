#!/bin/sh
# Each sanitizer, of gcc and of clang, names the line of a handler's mistake when
# the handler is built with it and the mock is not.
set -eu
# shellcheck source=tests/support/tap.sh
. "$SOURCE/tests/support/tap.sh"

handlers=$SOURCE/tests/mock/sanitized_handlers.c
PKG_CONFIG_PATH=$(dirname "$(find "$STAGE" -name ngx_link_func_mock.pc)")
export PKG_CONFIG_PATH
LD_LIBRARY_PATH=$(pkg-config --variable=libdir ngx_link_func_mock)
export LD_LIBRARY_PATH

build_handlers() { # COMPILER SANITIZER PROGRAM
    # shellcheck disable=SC2046 # the flags are words
    "$1" -g -O0 "-fsanitize=$2" -fno-sanitize-recover=undefined "$handlers" -o "$3" \
        $(pkg-config --cflags --libs ngx_link_func_mock) $(pkg-config --variable=wrap ngx_link_func_mock)
}

line_of() { # FUNCTION
    awk -v name="$1" '$0 ~ "^static void " name "\\(" { inside = 1 } inside && /here \*\// { print NR; exit }' "$handlers"
}

# The report, the place in it, and silence about a handler that is right.
sanitizer_finds() { # SANITIZER FUNCTION HOW REPORT
    for compiler in gcc clang; do
        echo "# $compiler"
        build_handlers "$compiler" "$1" program
        status=0
        ./program "$2" "$3" > log 2>&1 || status=$?
        cat log
        test "$status" -ne 0
        expect_text "$(cat log)" "$4"
        expect_text "$(cat log)" "sanitized_handlers.c:$(line_of "$2")"
        ./program none "$3" > log 2>&1
        cat log
        test ! -s log
    done
}

asan_finds_an_overflow_at_its_line() {
    sanitizer_finds address overflow alone 'heap-buffer-overflow'
}

# The whole table, which the build with ASan runs against a mock that has it too.
asan_of_each_compiler_finds_each_mistake() {
    for compiler in gcc clang; do
        # shellcheck disable=SC2046 # the flags are words
        "$compiler" -g -O0 -D_GNU_SOURCE -fsanitize=address "$SOURCE/tests/mock/test_asan.c" \
            "$SOURCE/tests/mock/child.c" -o table $(pkg-config --cflags --libs ngx_link_func_mock cmocka)
        ./table
    done
}

lsan_finds_a_leak_at_its_line() {
    sanitizer_finds leak leak alone 'detected memory leaks'
    sanitizer_finds address leak alone 'detected memory leaks'
}

ubsan_finds_an_overflow_of_a_number_at_its_line() {
    sanitizer_finds undefined undefined alone 'signed integer overflow'
}

tsan_finds_a_race_between_handlers_that_only_answer() {
    sanitizer_finds thread race threads 'data race'
}

tap_run asan_finds_an_overflow_at_its_line asan_of_each_compiler_finds_each_mistake \
    lsan_finds_a_leak_at_its_line ubsan_finds_an_overflow_of_a_number_at_its_line \
    tsan_finds_a_race_between_handlers_that_only_answer
