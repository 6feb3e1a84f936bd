#!/bin/sh
# linkfunc-run --asan, --valgrind and --gdb: each shows a planted bug.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"
# shellcheck source=tests/support/run.sh
. "$(dirname "$0")/../support/run.sh"

# A read of the byte behind a block, for requests with a name; the line of the
# read is $line.
plant_overflow() {
    edit 's/^    const char \*name = .*/&\
    volatile char *block = malloc(3);\
    block[0] = block[name == NULL ? 1 : *(const char *) ngx_link_func_get_query_param(ctx, "at") - 48];\
    free((void *) block);/
        s/^#include <stdio.h>/&\
#include <stdlib.h>/'
    line=$(grep -n 'block\[0\] = ' project/src/hello.c | cut -d : -f 1)
}

report_is_complete() { # TEXT
    logged "$1" && logged "hello.c:$line"
}

asan_shows_where_a_block_is_overrun() {
    enter asan
    make_project
    plant_overflow
    find project -type f -exec cksum {} + > before
    start_told --asan project
    get 'api/hello'
    expect_status 52 get 'api/hello?name=you&at=3'
    wait_until logged 'ERROR: AddressSanitizer: heap-buffer-overflow'
    wait_until logged "in hello_json src/hello.c:$line"
    wait_until logged "exited on signal 6"
    get 'api/hello'
    find project -type f -exec cksum {} + > after
    diff before after
    kill -TERM "$pid"
    finish
    expect_no_prefix
}

# Files of this name that the workers have mapped, as the kernel names them.
mapped() { # NAME
    for process in $(pgrep -P "$master"); do
        grep -F "$1" "/proc/$process/maps"
    done | awk '{ print $6 }' | sort -u
}

# A debugger finds it by its name; what is served otherwise is a snapshot, as in
# production.
only_what_is_debugged_is_opened_where_it_lies() {
    enter mapped
    make_project
    (
        start project
        [ "$(mapped libhello.so)" = /memfd:libhello.so ]
    )
    rm said
    start --asan project
    expect_text "$(mapped libhello.so)" "$TMPDIR/linkfunc-run."
    expect_status 1 grep -F memfd:libhello.so "/proc/$master/maps"
}

# The copy that is served is built anew, and has lost what the project has.
an_edit_under_asan_is_built_with_it() {
    enter asan-edit
    make_project
    echo 'int other(void); int other(void) { return 1; }' > project/src/other.c
    echo page > project/page
    edit 's|location = /api/hello|location = /page { root .; }\n&|' nginx.conf
    start_told --asan project
    [ "$(get page)" = page ]
    rm project/src/other.c project/page
    wait_until has_reloaded 1
    expect_status 22 get page
    plant_overflow
    wait_until has_reloaded 2
    get 'api/hello?name=you&at=3' || :
    wait_until report_is_complete 'ERROR: AddressSanitizer: heap-buffer-overflow'
}

asan_is_there_for_every_build_system_and_clang() {
    for system in cmake meson clang; do
        cd "$work"
        enter "asan-$system"
        (
            build_system=$system
            [ "$system" != clang ] || {
                build_system='make'
                export CC=clang
            }
            "$STAGE/bin/linkfunc-new" --build "$build_system" --no-git --dir project hello > /dev/null
            plant_overflow
            start_told --asan project
            get 'api/hello?name=you&at=3' || :
            wait_until logged 'ERROR: AddressSanitizer: heap-buffer-overflow'
            wait_until logged "hello.c:$line"
        )
    done
}

valgrind_shows_where_a_block_is_overrun() {
    enter valgrind
    make_project
    plant_overflow
    start_told --valgrind project
    get 'api/hello?name=you&at=1'
    expect_status 1 grep -F 'Invalid' "$log"
    get 'api/hello?name=you&at=3'
    wait_until logged 'Invalid read of size 1'
    wait_until logged "hello_json (hello.c:$line)"
    greet_with Good
    wait_until has_reloaded 1
    answers Good || [ "$(get 'api/hello?name=you&at=1')" = '{"message": "Good, you!"}' ]
    kill -TERM "$pid"
    finish
    [ "$result" -eq 0 ]
    expect_no_prefix
}

# A terminal, to whose gdb we can type.
start_gdb() {
    mkfifo typed
    TERM=dumb script -qefc "exec '$run' --gdb project" log > /dev/null 2>&1 < typed &
    terminal=$!
    trap 'kill -KILL "$terminal" 2> /dev/null || :' EXIT
    exec 4> typed
    wait_until grep -qs 'serving .* on http' log
    url=$(sed -n 's/.*serving .* on \(http[^ ]*\).*/\1/p' log | tr -d '\r')
    pid=$(pgrep -P "$terminal")
    log=log
}

type_line() { # TEXT
    printf '%s\n' "$1" >&4
}

gdb_stops_where_a_function_crashes() {
    enter gdb
    make_project
    edit 's/^    const char \*name = .*/&\
    if (name[0] == 33) return;/'
    line=$(grep -n 'name\[0\] == 33' project/src/hello.c | cut -d : -f 1)
    start_gdb
    get 'api/hello?name=you'
    get 'api/hello' & # nobody answers any more
    wait_until logged 'received signal SIGSEGV'
    type_line backtrace
    wait_until logged "hello.c:$line"
    wait_until logged 'in ngx_http_link_func_'
    type_line quit
    wait "$terminal"
    all_gone "$pid"
    expect_no_prefix
}

# A Ctrl-C at gdb's prompt, where it comes to linkfunc-run too; before there is one
# gdb takes it for nothing.
quits() {
    printf '\003' >&4
    logged Quit
}

# Its Ctrl-C is gdb's; and it can run the server again on the same port.
gdb_is_interrupted_and_runs_again() {
    enter gdb-again
    make_project
    start_gdb
    printf '\003' >&4
    wait_until logged 'received signal SIGINT'
    wait_until quits
    type_line 'break hello_json'
    wait_until logged 'Breakpoint 1 at'
    type_line run
    (until get 'api/hello?name=you'; do sleep 0.1; done) > answer 2> /dev/null &
    asked=$!
    wait_until logged 'Breakpoint 1, hello_json'
    type_line continue
    wait "$asked" || :
    kill -TERM "$pid"
    wait "$terminal" || :
    wait_until all_gone "$pid"
    expect_no_prefix
}

what_is_not_installed_is_named() {
    enter absent
    make_project
    mkdir programs
    for program in sh uname realpath; do
        ln -s "$(command -v "$program")" programs/
    done
    printf '#!/bin/sh\n' > programs/cc
    chmod 755 programs/cc
    PATH=$PWD/programs expect_status 1 "$run" --valgrind project
    expect_text "$output" 'linkfunc-run: valgrind is not installed; install the package valgrind'
    PATH=$PWD/programs expect_status 1 "$run" --asan project
    expect_text "$output" "linkfunc-run: 'cc' has no AddressSanitizer; install libasan or libclang-rt-dev, or set CC"
    expect_status 1 "$run" --gdb project < /dev/null
    [ "$output" = 'linkfunc-run: --gdb needs a terminal' ]
    script -qec "PATH='$PWD/programs' '$run' --gdb project" typed > log 2>&1 < /dev/null || :
    grep -q 'linkfunc-run: gdb is not installed; install the package gdb' log
    expect_status 2 "$run" --asan --gdb project
    expect_text "$output" 'linkfunc-run: only one of --asan, --valgrind and --gdb can be given'
    expect_no_prefix
}

tap_run asan_shows_where_a_block_is_overrun \
    only_what_is_debugged_is_opened_where_it_lies \
    an_edit_under_asan_is_built_with_it \
    asan_is_there_for_every_build_system_and_clang \
    valgrind_shows_where_a_block_is_overrun \
    gdb_stops_where_a_function_crashes \
    gdb_is_interrupted_and_runs_again \
    what_is_not_installed_is_named
