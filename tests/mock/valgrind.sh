#!/bin/sh
# valgrind names the line of a handler's mistakes, and has nothing to say about
# the mock's own work.
set -eu
# shellcheck source=tests/support/tap.sh
. "$SOURCE/tests/support/tap.sh"

programs=$(dirname "$STAGE")/tests/mock
PKG_CONFIG_PATH=$(dirname "$(find "$STAGE" -name ngx_link_func_mock.pc)")
export PKG_CONFIG_PATH
LD_LIBRARY_PATH=$(pkg-config --variable=libdir ngx_link_func_mock)
export LD_LIBRARY_PATH

# With the registers in order at each access, so that guard pages work.
under_valgrind() {
    valgrind --quiet --error-exitcode=99 --vex-iropt-register-updates=allregs-at-mem-access "$@"
}

build_handlers() {
    [ -x handlers ] && return
    # shellcheck disable=SC2046 # the flags are words
    cc -g -O0 "$SOURCE/tests/mock/valgrind_handlers.c" -o handlers $(pkg-config --cflags --libs ngx_link_func_mock)
}

# The line that is marked in the function of that name.
line_of() { # FUNCTION
    awk -v name="$1" '$0 ~ "^static void " name "\\(" { inside = 1 } inside && /here \*\// { print NR; exit }' \
        "$SOURCE/tests/mock/valgrind_handlers.c"
}

# FUNCTION REPORT: it is the first line of a report, and the function at its line
# is the second.
mistake_is_reported() {
    build_handlers
    status=0
    under_valgrind ./handlers "$1" > "$1.log" 2>&1 || status=$?
    cat "$1.log"
    test "$status" -eq 99
    expect_text "$(grep -A 1 "$2" "$1.log")" "$1 (valgrind_handlers.c:$(line_of "$1"))"
}

writes_behind_and_before_a_block_are_reported_at_their_lines() {
    mistake_is_reported pool_overflow 'Invalid write of size 1'
    mistake_is_reported pool_underflow 'Invalid write of size 1'
}

use_of_a_block_after_its_request_is_reported_at_its_line() {
    mistake_is_reported pool_use_after_request 'Invalid read of size 1'
}

read_behind_the_body_is_reported_at_its_line() {
    mistake_is_reported input_overread 'Invalid read of size 1'
}

misuse_of_shared_memory_is_reported_at_its_line() {
    mistake_is_reported shm_overflow 'Invalid write of size 1'
    mistake_is_reported shm_use_after_free 'Invalid read of size 1'
    mistake_is_reported shm_not_written 'Conditional jump'
}

handler_without_a_mistake_passes_in_silence() {
    build_handlers
    under_valgrind ./handlers none > none.log 2>&1
    cat none.log
    test ! -s none.log
}

# Programs of which none makes mistakes on purpose that valgrind sees.
mock_is_clean() {
    for name in requests responses headers log shm bodies findings zone_leak load; do
        status=0
        under_valgrind "$programs/test_mock_$name" > "$name.log" 2>&1 || status=$?
        if [ "$status" -ne 0 ]; then
            cat "$name.log"
            return 1
        fi
    done
}

tap_run writes_behind_and_before_a_block_are_reported_at_their_lines \
    use_of_a_block_after_its_request_is_reported_at_its_line read_behind_the_body_is_reported_at_its_line \
    misuse_of_shared_memory_is_reported_at_its_line handler_without_a_mistake_passes_in_silence mock_is_clean
