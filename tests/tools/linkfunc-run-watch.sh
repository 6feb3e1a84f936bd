#!/bin/sh
# linkfunc-run: from an edit to code that serves.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"
# shellcheck source=tests/support/run.sh
. "$(dirname "$0")/../support/run.sh"

# Edits it five times; the middle one of the times is in $seconds.
time_edits() { # RELOADS-BEFORE
    for greeting in Ahoy Bonjour Ciao Dag Ehlo; do
        greet_with "$greeting"
        wait_until answers "$greeting"
        logged 'linkfunc-run: src/hello.c changed'
    done
    wait_until has_reloaded $(($1 + 5))
    seconds=$(sed -n 's/.*serves, \([0-9.]*\) s after the change/\1/p' told | tail -n 5 | sort -n | sed -n 3p)
}

# Others may use the machine too, and keep it busy for a while.
an_edit_serves_in_under_two_seconds() {
    enter quick
    make_project
    start_told project
    answers Hello
    for before in 0 5 10; do
        time_edits "$before"
        echo "$seconds s"
        awk "BEGIN { exit !($seconds < 2) }" && return
    done
    return 1
}

a_library_that_the_check_refuses_keeps_the_old_code() {
    enter checked
    make_project
    start_told project
    edit 's/^void hello_json/void hello_jason/'
    wait_until logged 'linkfunc-run: not reloaded: the check failed; what ran before keeps serving'
    logged 'nginx.conf:29: error: function-not-found'
    answers Hello
    edit 's/^void hello_jason/void hello_json/; s/Hello, %s/Again, %s/'
    wait_until has_reloaded 1
    answers Again
}

without_the_check_nginx_refuses_the_library() {
    enter unchecked
    make_project
    start_told --no-check project
    edit 's/^void hello_json/void hello_jason/'
    wait_until logged 'linkfunc-run: not reloaded: nginx refuses it; what ran before keeps serving'
    logged 'function "hello_json" not found in'
    answers Hello
    expect_status 1 grep 'function-not-found' "$log"
}

a_configuration_that_nginx_refuses_keeps_the_old_one() {
    enter refused
    plain_project
    start_told project
    edit 's/return 200 first/bogus/' nginx.conf
    wait_until logged 'linkfunc-run: not reloaded: nginx refuses it; what ran before keeps serving'
    logged 'unknown directive "bogus"'
    [ "$(get greeting)" = first ]
    edit 's/bogus/return 200 second/' nginx.conf
    wait_until has_reloaded 1
    [ "$(get greeting)" = second ]
}

# The program says that all is well, so only the workers can tell.
a_reload_that_the_master_refuses_is_not_taken_for_one() {
    enter silent
    plain_project
    real=$(PATH=$PATH:/usr/sbin command -v nginx)
    cat > nginx << TEXT
#!/bin/sh
case \$* in *' -tq') exit 0 ;; esac
exec $real "\$@"
TEXT
    chmod 755 nginx
    start_told --nginx nginx project
    edit 's/return 200 first/bogus/' nginx.conf
    wait_until logged 'linkfunc-run: not reloaded: nginx did not take it; what ran before keeps serving'
    [ "$(get greeting)" = first ]
    has_reloaded 0
}

# Each client sees nothing but answers, whichever generation gives them.
no_request_of_a_looping_client_is_dropped() {
    enter loop
    make_project
    start_told project
    : > go
    (while [ -e go ]; do get 'api/hello?name=you' && echo; done) > fresh 2> fresh.errors &
    fresh=$!
    (while [ -e go ]; do get 'api/hello?name=[1-200]'; done) > kept 2> kept.errors &
    kept=$!
    for greeting in One Two Three; do
        greet_with "$greeting"
        wait_until answers "$greeting"
    done
    rm go
    wait "$fresh"
    wait "$kept"
    cat fresh.errors kept.errors
    [ ! -s fresh.errors ]
    [ ! -s kept.errors ]
    echo "$(wc -l < fresh) answers"
    [ "$(wc -l < fresh)" -gt 5 ]
    expect_status 1 grep -v '^{"message": "[A-Z][a-z]*, you!"}$' fresh
    sed 's/{"message": "[A-Z][a-z]*, [0-9]*!"}//g' kept > rest
    cat rest
    [ ! -s rest ]
}

has_workers() { # NUMBER
    [ "$(pgrep -c -P "$master")" -eq "$1" ]
}

# Times that linkfunc-run has waited for something.
waits() {
    sed -n 's/^voluntary_ctxt_switches:\t//p' "/proc/$pid/status"
}

has_waited() { # TIMES
    [ "$(waits)" -ge "$1" ]
}

# While a worker of before might take a request, the new code cannot be said to
# serve, though new workers do and the other one has gone.
all_old_workers_must_have_gone_before_the_new_code_serves() {
    enter lingering
    plain_project
    edit '1 i worker_processes 2;' nginx.conf
    start_told project
    wait_until has_workers 2
    # shellcheck disable=SC2046 # a list of words
    set -- $(pgrep -P "$master")
    kill -STOP "$1"
    edit 's/return 200 first/return 200 second/' nginx.conf
    wait_until all_gone "$2"
    wait_until has_workers 3
    wait_until has_waited $(($(waits) + 20))
    has_reloaded 0
    kill -CONT "$1"
    wait_until has_reloaded 1
    [ "$(get greeting)" = second ]
    wait_until all_gone "$1"
}

# Its body comes when the new code serves already.
a_request_that_has_begun_is_answered_by_the_old_code() {
    enter draining
    make_project
    start_told project
    mkfifo body
    curl -sSv --noproxy '*' --max-time 60 --expect100-timeout 60 -H 'Expect: 100-continue' -T - \
        "${url}api/hello?name=you" < body > answer 2> said-by-curl &
    asked=$!
    exec 4> body
    wait_until grep -q '^< HTTP/1.1 100 Continue' said-by-curl
    greet_with Good
    wait_until has_reloaded 1
    answers Good
    echo body >&4
    exec 4>&-
    wait "$asked"
    [ "$(cat answer)" = '{"message": "Hello, you!"}' ]
}

folders_that_are_made_later_are_watched() {
    enter later
    plain_project
    start_told project
    mkdir -p project/html/a/b
    echo one > project/html/a/b/page
    wait_until has_reloaded 1
    [ "$(get a/b/page)" = one ]
    echo two > project/html/a/b/page
    wait_until has_reloaded 2
    [ "$(get a/b/page)" = two ]
    mv project/html/a project/html/c
    wait_until has_reloaded 3
    [ "$(get c/b/page)" = two ]
    expect_status 22 get a/b/page
    echo three > project/html/c/b/page
    wait_until has_reloaded 4
    [ "$(get c/b/page)" = three ]
    rm project/html/c/b/page
    wait_until has_reloaded 5
    expect_status 22 get c/b/page
}

# A change that matters, made behind them, is the first to be told.
what_nothing_follows_from_is_ignored() {
    enter ignored
    plain_project
    mkdir project/.git project/build project/tests
    start_told project
    for file in .git/index build/x.c tests/test.c html/.page.swp 'html/page~' 'html/#page#' html/4913 \
        hello.o libhello.so libhello.so.1 compile_commands.json; do
        echo noise > "project/$file"
    done
    mkdir project/out project/.cache
    touch project/out/CMakeCache.txt project/.cache/x
    echo second > project/html/page
    wait_until has_reloaded 1
    grep 'changed' "$log" > changes
    [ "$(cat changes)" = 'linkfunc-run: html/page changed' ]
}

# Stopped, it reads nothing; the kernel keeps no more than so many events.
events_that_were_lost_are_made_up_for() {
    enter overflow
    plain_project
    start_told project
    kill -STOP "$pid"
    limit=$(cat /proc/sys/fs/inotify/max_queued_events)
    number=0
    while [ "$number" -le "$limit" ]; do
        : > project/html/.a
        : > project/html/.b
        number=$((number + 1))
    done
    mkdir project/html/deep
    echo second > project/html/deep/page
    kill -CONT "$pid"
    wait_until has_reloaded 1
    [ "$(get deep/page)" = second ]
    echo third > project/html/deep/page
    wait_until has_reloaded 2
    [ "$(get deep/page)" = third ]
}

a_project_that_is_removed_keeps_serving() {
    enter removed
    plain_project
    start_told project
    mv project elsewhere
    wait_until logged "project' was removed; what runs keeps serving, and nothing is watched"
    [ "$(get greeting)" = first ]
    kill -TERM "$pid"
    finish
    [ "$result" -eq 0 ]
    expect_no_prefix
}

without_watching_nothing_is_built_nor_brought_in() {
    enter unwatched
    plain_project
    start_told --no-watch --build "echo >> '$PWD/builds'" project
    echo second > project/html/page
    kill -HUP "$pid"
    wait_until has_reloaded 1
    [ "$(get page)" = second ]
    [ ! -e builds ]
    expect_status 1 grep changed "$log"
}

a_run_removes_what_a_killed_one_left_and_nothing_of_another() {
    enter left
    plain_project
    start project
    kill -KILL "$pid"
    finish
    left=$(ls "$TMPDIR")
    [ -n "$left" ]
    "$run" project > other 2>&1 &
    other=$!
    trap 'kill -TERM "$other"; wait "$other"' EXIT
    wait_for_serving other
    [ ! -e "$TMPDIR/$left" ]
    rm said
    (start project && get page)
    get page
}

# In colour on a terminal, and there only.
in_terminal() { # COMMAND
    rm -f log
    script -qefc "$1" log > /dev/null 2>&1 < /dev/null &
    terminal=$!
    trap 'kill -KILL "$terminal" 2> /dev/null || :' EXIT
    wait_for_serving log
    get absent 2> /dev/null || :
    wait_until grep -q 'absent" failed' log
    kill -TERM "$(pgrep -P "$terminal")"
    wait "$terminal"
    trap - EXIT
}

the_log_is_coloured_by_level_on_a_terminal() {
    enter colour
    plain_project
    edit '1 i error_log logs/error.log notice;' nginx.conf
    in_terminal "exec '$run' project"
    grep -F "$(printf '\033[31m')" log | grep -q '\[error\].*absent" failed'
    grep -F "$(printf '\033[36m')" log | grep -q '\[notice\]'
    in_terminal "NO_COLOR=1 exec '$run' project"
    expect_status 1 grep -F "$(printf '\033')" log
    start project
    get absent 2> /dev/null || :
    wait_until logged 'absent" failed'
    expect_status 1 grep -F "$(printf '\033')" "$log"
}

tap_run an_edit_serves_in_under_two_seconds \
    a_library_that_the_check_refuses_keeps_the_old_code \
    without_the_check_nginx_refuses_the_library \
    a_configuration_that_nginx_refuses_keeps_the_old_one \
    a_reload_that_the_master_refuses_is_not_taken_for_one \
    no_request_of_a_looping_client_is_dropped \
    all_old_workers_must_have_gone_before_the_new_code_serves \
    a_request_that_has_begun_is_answered_by_the_old_code \
    folders_that_are_made_later_are_watched \
    what_nothing_follows_from_is_ignored \
    events_that_were_lost_are_made_up_for \
    a_project_that_is_removed_keeps_serving \
    without_watching_nothing_is_built_nor_brought_in \
    a_run_removes_what_a_killed_one_left_and_nothing_of_another \
    the_log_is_coloured_by_level_on_a_terminal
