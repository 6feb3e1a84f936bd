#!/bin/sh
# linkfunc-run: serves by a real NGINX and leaves nothing behind.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"
# shellcheck source=tests/support/run.sh
. "$(dirname "$0")/../support/run.sh"

# A project whose answer is in a file of its own.
project() { # ANSWER
    mkdir -p project/.git
    echo "$1" > project/answer
    cat > project/nginx.conf << 'TEXT'
load_module modules/ngx_http_link_func_module.so;
error_log logs/error.log info;
events { }
http {
    access_log off;
    include answer.conf;
    server {
        listen 8080;
        location / { root .; }
        location = /fixed { return 200 $answer; }
    }
}
TEXT
    # shellcheck disable=SC2016 # a variable of NGINX
    printf 'map $uri $answer { default "%s"; }\n' "$1" > project/answer.conf
}

answers_new() {
    [ "$(get fixed)" = new ]
}

expect_refusal() { # MESSAGE ARGUMENT...
    message=$1
    shift
    expect_status 1 "$run" "$@"
    [ "$output" = "linkfunc-run: $message" ] || {
        echo "$output"
        return 1
    }
    expect_no_prefix
}

it_serves_the_project_and_says_where() {
    enter serves
    project hello
    start project
    [ "$said" = "linkfunc-run: serving $PWD/project on $url" ]
    expect_text "$url" 'http://127.0.0.1:'
    [ "$(get fixed)" = hello ]
    [ "$(get answer)" = hello ]
}

the_current_folder_is_the_default() {
    enter default
    project here
    cd project
    start
    [ "$(get fixed)" = here ]
}

the_project_is_not_written_to() {
    enter untouched
    project same
    find project -type f -exec cksum {} + > before
    start project
    get fixed
    kill -TERM "$pid"
    finish
    find project -type f -exec cksum {} + > after
    diff before after
}

a_given_port_is_used() {
    enter port
    project first
    start project
    port=${url##*:}
    port=${port%/}
    kill -TERM "$pid"
    finish
    rm said
    start --port "$port" project
    [ "$url" = "http://127.0.0.1:$port/" ]
    [ "$(get fixed)" = first ]
}

a_taken_port_is_refused() {
    enter taken
    project mine
    start project
    port=${url##*:}
    expect_status 1 "$run" --port "${port%/}" project
    [ "$output" = "linkfunc-run: cannot listen on 127.0.0.1:${port%/}: Address already in use" ]
    [ "$(get fixed)" = mine ]
}

it_never_runs_nginx_as_root() {
    enter user
    project hello
    start project
    for process in $master $workers; do
        owner=$(stat -c %u "/proc/$process")
        [ "$owner" -ne 0 ]
        [ "$(awk '/^Groups:/ { print NF }' "/proc/$process/status")" -eq 1 ] || [ "$(id -u)" -ne 0 ]
    done
}

interrupts_leave_nothing() {
    for number in INT TERM QUIT; do
        cd "$work"
        enter "by-$number"
        project hello
        start project
        note_all
        kill -"$number" "$pid"
        finish
        [ "$result" -eq 0 ]
        expect_nothing_left
    done
}

# As of a terminal, which signals all of them.
an_interrupt_of_every_process_leaves_nothing() {
    enter by-terminal
    project hello
    start project
    note_all
    # shellcheck disable=SC2046 # a list of words
    kill -INT "$pid" $(cat "$work/descendants")
    finish
    [ "$result" -eq 0 ]
    expect_nothing_left
}

a_stuck_nginx_is_killed_by_a_second_signal() {
    enter stuck
    project hello
    start project
    note_all
    # shellcheck disable=SC2086 # a list of words
    kill -STOP $master $workers
    wait_until grep -q '^State:.T' "/proc/$master/status"
    kill -INT "$pid"
    wait_until grep -q '^ShdPnd:.*[2367abef]$' "/proc/$master/status" # bit of SIGINT
    kill -INT "$pid"
    finish
    expect_nothing_left
}

a_kill_leaves_no_process() {
    enter killed
    project hello
    start project
    kill -KILL "$pid"
    finish
    # shellcheck disable=SC2086 # a list of words
    wait_until all_gone $master $workers
}

the_death_of_nginx_is_reported_and_leaves_no_worker() {
    enter died
    project hello
    start project
    kill -KILL "$master"
    finish
    [ "$result" -eq 1 ]
    expect_text "$(cat "$log")" 'linkfunc-run: nginx was killed by signal 9'
    # shellcheck disable=SC2086 # a list of words
    all_gone $workers
    expect_no_prefix
}

a_configuration_that_nginx_refuses_is_reported() {
    enter refused
    project hello
    echo 'bogus;' >> project/nginx.conf
    expect_status 1 "$run" project
    expect_text "$output" 'unknown directive "bogus"'
    expect_text "$output" 'nginx.conf:13'
    expect_text "$output" 'linkfunc-run: nginx exited with status 1'
    expect_no_prefix
}

a_hangup_signal_reloads_the_project() {
    enter reload
    project old
    start project
    [ "$(get fixed)" = old ]
    project new
    kill -HUP "$pid"
    wait_until answers_new
    [ "$(get answer)" = new ]
    kill -0 "$pid"
}

a_reload_that_is_refused_keeps_serving() {
    enter keeps
    project old
    start project
    echo '}' >> project/nginx.conf
    kill -HUP "$pid"
    wait_until grep -q 'linkfunc-run: not reloaded' "$log"
    [ "$(get fixed)" = old ]
}

# `script` is the terminal; where it ends, the kernel hangs the terminal up.
a_closed_terminal_ends_it() {
    enter terminal
    project hello
    mkfifo said
    script -qefc "exec '$run' project > said" log > /dev/null 2>&1 < /dev/null &
    terminal=$!
    trap 'kill -KILL "$terminal" 2> /dev/null || :' EXIT
    timeout 10 head -n 1 said > /dev/null
    pid=$(pgrep -P "$terminal")
    master=$(pgrep -P "$pid")
    kill -KILL "$terminal"
    wait "$terminal" || :
    wait_until all_gone "$pid" "$master"
    expect_no_prefix
}

# The server's end must not be taken for its answer, whichever is seen first.
a_server_that_does_not_start_is_not_announced() {
    enter broken
    project hello
    sed -i 's/listen 8080;/listen 8080; ngx_link_func_lib absent.so;/' project/nginx.conf
    for _ in 1 2 3 4 5 6 7 8; do
        status=0
        "$run" project > said 2> log || status=$?
        [ "$status" -eq 1 ]
        [ ! -s said ]
    done
    grep -q 'dlopen() ".*absent.so" failed' log
}

a_lost_reader_does_not_end_it() {
    enter reader
    project hello
    start project
    exec 3<&-
    project new
    kill -HUP "$pid"
    wait_until answers_new
}

error_log_lines_come_on_standard_error() {
    enter log
    project hello
    start project
    get absent > /dev/null 2>&1 || :
    wait_until grep -q '/absent" failed' "$log"
}

links_and_fifos_of_a_project_do_no_harm() {
    enter links
    project hello
    mkdir folder
    echo linked > folder/file
    ln -s ../folder/file project/link
    ln -s nowhere project/dangling
    mkfifo project/fifo
    start project
    [ "$(get link)" = linked ]
}

a_folder_that_cannot_be_served_is_refused() {
    enter unfit
    mkdir empty
    expect_refusal "cannot read 'absent': No such file or directory" absent
    expect_refusal "cannot read '$PWD/empty/nginx.conf': No such file or directory" empty
    echo 'events { }' > empty/nginx.conf
    expect_refusal "cannot serve '$PWD/empty': nginx.conf:2: no listen directive in an http server" empty
    TMPDIR=$PWD/empty expect_status 1 "$run" empty
    expect_text "$output" "linkfunc-run: cannot serve '$PWD/empty': TMPDIR is inside of it"
    [ "$(ls empty)" = nginx.conf ]
}

a_missing_nginx_is_said() {
    enter no-nginx
    project hello
    expect_refusal "cannot run 'absent': No such file or directory" --nginx absent project
}

missing_modules_are_said() {
    enter no-module
    project hello
    expect_refusal "cannot read 'absent/ngx_http_link_func_module.so': No such file or directory" \
        --module-dir absent project
}

modules_are_found_in_a_moved_prefix_and_through_a_link() {
    enter moved
    project hello
    mkdir prefix
    cp -R "$STAGE/bin" "$STAGE/lib" prefix/
    ln -s prefix/bin/linkfunc-run link
    run=./link
    start project
    [ "$(get fixed)" = hello ]
}

misuse_is_refused_with_a_hint() {
    for arguments in '--bogus' '--port' '--port x' '--port 0' '--port 65536' '--port 1x' 'a b'; do
        # shellcheck disable=SC2086 # a list of words
        expect_status 2 "$run" $arguments
        expect_text "$output" 'linkfunc-run: '
        expect_text "$output" "Try 'linkfunc-run --help'."
    done
    for option in --port --nginx --module-dir --help --version; do
        expect_text "$("$run" --help)" "$option"
    done
    expect_text "$("$run" --version)" 'linkfunc-run '
    expect_status 1 sh -c "'$run' --help > /dev/full"
}

tap_run it_serves_the_project_and_says_where \
    a_server_that_does_not_start_is_not_announced \
    the_current_folder_is_the_default \
    the_project_is_not_written_to \
    a_given_port_is_used \
    a_taken_port_is_refused \
    it_never_runs_nginx_as_root \
    interrupts_leave_nothing \
    an_interrupt_of_every_process_leaves_nothing \
    a_stuck_nginx_is_killed_by_a_second_signal \
    a_kill_leaves_no_process \
    the_death_of_nginx_is_reported_and_leaves_no_worker \
    a_configuration_that_nginx_refuses_is_reported \
    a_hangup_signal_reloads_the_project \
    a_reload_that_is_refused_keeps_serving \
    a_closed_terminal_ends_it \
    a_lost_reader_does_not_end_it \
    error_log_lines_come_on_standard_error \
    links_and_fifos_of_a_project_do_no_harm \
    a_folder_that_cannot_be_served_is_refused \
    a_missing_nginx_is_said \
    missing_modules_are_said \
    modules_are_found_in_a_moved_prefix_and_through_a_link \
    misuse_is_refused_with_a_hint
