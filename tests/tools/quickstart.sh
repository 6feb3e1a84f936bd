#!/bin/sh
# The quickstart, in a copy of the sources, as an ordinary user.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

# Made without what the machine or an earlier run has built.
clone=$work/clone
chmod 711 "$work"
mkdir "$clone" "$work/tmp"
tar -C "$SOURCE" --exclude=./build --exclude=./.git --exclude=./.cache -cf - . | tar -C "$clone" -xf -
export TMPDIR="$work/tmp" HOME="$work/tmp"
unset CC CFLAGS PKG_CONFIG_PATH
as_ordinary_user='env'
if [ "$(id -u)" -eq 0 ]; then
    chown -R 65534:65534 "$clone" "$work/tmp"
    as_ordinary_user='setpriv --reuid=65534 --regid=65534 --clear-groups'
fi

quickstart() { # ARGUMENT...
    $as_ordinary_user "$clone/tools/quickstart" "$@"
}

# Every process of the quickstart has a path of the clone or of its temporary
# prefix as an argument, or is the child of one that has.
nothing_runs() {
    ! pgrep -f "$clone|$work/tmp/linkfunc-run" > /dev/null
}

expect_refusal() { # MESSAGE, the whole of it
    echo "$output"
    [ "$status" -eq 1 ]
    [ "$(printf '%s\n' "$output" | grep -v '^quickstart: installing')" = "$1" ]
}

building() {
    pgrep -f "$clone/build/release" > /dev/null
}

run_to_the_end() {
    expect_status 0 quickstart "$@"
    expect_text "$output" '{"message": "Hello, NGINX!"}'
    expect_text "$output" "export PKG_CONFIG_PATH='$clone/build/stage/lib/pkgconfig'"
    wait_until nothing_runs
    [ -z "$(ls -A "$TMPDIR")" ]
}

an_interruption_leaves_no_process() {
    $as_ordinary_user "$clone/tools/quickstart" > said 2>&1 &
    pid=$!
    trap 'kill -TERM "$pid" 2> /dev/null || :' EXIT
    wait_until building
    kill -TERM "$pid"
    result=0
    wait "$pid" || result=$?
    [ "$result" -eq 143 ]
    wait_until nothing_runs
}

it_answers_from_a_clean_clone() {
    rm -rf "$clone/build"
    run_to_the_end
}

it_answers_again_within_30_seconds() {
    begin=$(date +%s)
    run_to_the_end
    [ $(($(date +%s) - begin)) -lt 30 ]
}

it_works_from_another_folder_and_through_a_link() {
    ln -s "$clone/tools/quickstart" "$work/link"
    cd /
    # shellcheck disable=SC2086 # a list of words
    expect_status 0 $as_ordinary_user "$work/link"
    expect_text "$output" '{"message": "Hello, NGINX!"}'
}

a_free_port_can_be_given_and_a_taken_one_is_refused() {
    mkdir busy
    printf 'events { }\nhttp { server { listen 80; } }\n' > busy/nginx.conf
    mkfifo from-busy
    TMPDIR=/tmp "$STAGE/bin/linkfunc-run" busy > from-busy &
    pid=$!
    trap 'kill -TERM "$pid" 2> /dev/null || :; wait "$pid" || :' EXIT
    read -r line < from-busy
    port=${line##*:}
    port=${port%/}
    expect_status 1 quickstart --port "$port"
    expect_text "$output" 'quickstart: serving failed; build/quickstart/log says:'
    expect_text "$output" "linkfunc-run: cannot listen on 127.0.0.1:$port: Address already in use"
    wait_until nothing_runs
    kill -TERM "$pid"
    wait "$pid"
    run_to_the_end --port "$port"
}

a_failing_step_shows_its_log() {
    cp "$clone/templates/hello/test.c.m4" kept
    sed 's/Hello, World!/Hello, Moon!/' kept > "$clone/templates/hello/test.c.m4"
    status=0
    output=$(quickstart 2>&1) || status=$?
    cp kept "$clone/templates/hello/test.c.m4"
    [ "$status" -eq 1 ]
    expect_text "$output" 'quickstart: testing it on the mock runtime failed; build/quickstart/log says:'
    expect_text "$output" 'hello_greets_the_world_without_a_name'
}

a_project_that_fails_the_check_is_not_served() {
    cp "$clone/templates/hello/nginx.conf.m4" kept.conf
    sed 's/"hello_json"/"hello_jsno"/' kept.conf > "$clone/templates/hello/nginx.conf.m4"
    status=0
    output=$(quickstart 2>&1) || status=$?
    cp kept.conf "$clone/templates/hello/nginx.conf.m4"
    [ "$status" -eq 1 ]
    expect_text "$output" 'quickstart: checking it failed; build/quickstart/log says:'
    expect_text "$output" 'function-not-found'
}

# Only the folder of programs differs, less what is called CC or cc.
a_missing_compiler_is_named() {
    mkdir programs
    find /usr/local/bin /usr/bin /bin -maxdepth 1 ! -type d ! -name cc -exec ln -sf {} programs/ \;
    status=0
    output=$(PATH=$PWD/programs quickstart 2>&1) || status=$?
    expect_refusal "install-deps: no 'cc' on PATH although the package gcc is installed"
    status=0
    output=$(CC='absent-cc -m64' quickstart 2>&1) || status=$?
    expect_refusal "quickstart: no C compiler: 'absent-cc -m64' is not on PATH"
}

a_read_only_clone_is_refused() {
    rm -rf "$clone/build"
    chmod -R a-w "$clone"
    status=0
    output=$(quickstart 2>&1) || status=$?
    chmod -R u+w "$clone"
    expect_refusal "quickstart: cannot write to '$clone/build'"
}

misuse_is_refused_with_a_hint() {
    for arguments in '--bogus' '--port' '--port x' 'x'; do
        # shellcheck disable=SC2086 # a list of words
        expect_status 2 quickstart $arguments
        expect_text "$output" "Try 'quickstart --help'."
    done
    expect_text "$(quickstart --help)" 'usage: quickstart'
}

tap_run an_interruption_leaves_no_process \
    it_answers_from_a_clean_clone \
    it_answers_again_within_30_seconds \
    it_works_from_another_folder_and_through_a_link \
    a_free_port_can_be_given_and_a_taken_one_is_refused \
    a_failing_step_shows_its_log \
    a_project_that_fails_the_check_is_not_served \
    a_missing_compiler_is_named \
    a_read_only_clone_is_refused \
    misuse_is_refused_with_a_hint
