#!/bin/sh
# linkfunc-deploy and the files: what is there at any moment, whatever happens.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"
# shellcheck source=tests/support/deploy.sh
. "$(dirname "$0")/../support/deploy.sh"

# Kills the tool in front of a call that changes something: of the one with that
# number, or of the first with that name.  RECORD is a file that gets each call.
cat > "$work/killer.c" << 'TEXT'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
static int calls;
static void record(const char *name, const char *from, const char *to) {
    FILE *out = fopen(getenv("RECORD"), "a");
    fprintf(out, "%s%s%s%s%s\n", name, *from ? " " : "", from, *to ? " " : "", to);
    fclose(out);
}
static void count(const char *name, const char *from, const char *to) {
    const char *at = getenv("KILL_AT");
    if (strcmp(program_invocation_short_name, "linkfunc-deploy") != 0) {
        return;
    }
    if (getenv("RECORD") != NULL) {
        record(name, from, to);
    }
    if (at != NULL && (++calls == atoi(at) || strcmp(at, name) == 0)) {
        raise(SIGKILL);
    }
}
static const char *name_of(int fd) {
    static char path[PATH_MAX];
    char link[32];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    path[readlink(link, path, sizeof(path) - 1)] = '\0';
    return strrchr(path, '/') + 1;
}
#define STEP(name, parameters, arguments, from, to) \
    int name parameters { \
        int (*real) parameters = (int (*) parameters) dlsym(RTLD_NEXT, #name); \
        count(#name, from, to); \
        return real arguments; \
    }
STEP(fchmod, (int fd, mode_t mode), (fd, mode), name_of(fd), "")
STEP(fchown, (int fd, uid_t user, gid_t group), (fd, user, group), name_of(fd), "")
STEP(fsync, (int fd), (fd), name_of(fd), "")
STEP(linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags), from, to)
STEP(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to), from, to)
STEP(unlinkat, (int a, const char *name, int flags), (a, name, flags), name, "")
STEP(kill, (pid_t pid, int number), (pid, number), "", "")
TEXT
cc -shared -fPIC -o "$work/killer.so" "$work/killer.c"

# Of an option whose value is bad.
expect_misuse() { # MESSAGE OPTION VALUE
    expect_status 2 run_deploy "$2" "$3" "$work/one.so" lib/app.so
    [ "$output" = "linkfunc-deploy: $1
Try 'linkfunc-deploy --help'." ] || {
        echo "$output"
        return 1
    }
}

expect_refusal() { # MESSAGE ARGUMENT...
    message=$1
    shift
    fails "$@"
    expect_text "$output" "linkfunc-deploy: $message"
}

# Runs it killed at this call; in $killed 137, or 0 when it has fewer calls.
killed_at() { # NUMBER-OR-NAME ARGUMENT...
    at=$1
    shift
    killed=0
    LD_PRELOAD=$work/killer.so KILL_AT=$at run_deploy "$@" > said 2>&1 || killed=$?
    [ "$killed" -eq 137 ] || [ "$killed" -eq 0 ]
}

# Kills it at its first call, its second, and so on, each time with fresh files,
# until it ends by itself; a command tells whether what it left is right.
kill_at_each_step() { # CURRENT PREVIOUS COMMAND ARGUMENT...
    current=$1 previous=$2 is_right=$3
    shift 3
    number=0
    killed=137
    while [ "$killed" -eq 137 ]; do
        number=$((number + 1))
        rm -rf lib
        mkdir lib
        cp "$work/$current.so" lib/app.so
        cp "$work/$previous.so" lib/app.so.previous
        killed_at "$number" "$@"
        "$is_right"
        expect_files app.so app.so.previous
    done
    [ "$number" -gt 5 ]
}

one_or_two_can_be_replaced() {
    cmp -s "$work/one.so" lib/app.so || is_version two lib/app.so
    if cmp -s "$work/two.so" lib/app.so; then
        deploys --rollback lib/app.so
        is_version one lib/app.so
    fi
    deploys "$work/three.so" lib/app.so
    is_version three lib/app.so
    is_version one lib/app.so.previous
}

a_kill_at_any_step_leaves_the_old_file_or_the_new_one() {
    enter steps
    kill_at_each_step one three one_or_two_can_be_replaced "$work/two.so" lib/app.so
    [ "$number" -gt 8 ]
}

# Passes when these are the calls that put names and bytes on the disk, in order.
expect_calls() { # EXPECTED ARGUMENT...
    wanted=$1
    shift
    rm -f calls
    export LD_PRELOAD="$work/killer.so" RECORD="$PWD/calls"
    deploys "$@"
    unset LD_PRELOAD RECORD
    grep -E '^(fsync|linkat|renameat) ' calls > found
    echo "$wanted" | diff - found
}

# A crash of the machine may lose what was not brought to the disk, in any order.
bytes_are_on_the_disk_before_names_and_names_before_the_next_step() {
    enter order
    cp "$work/one.so" lib/app.so
    expect_calls 'fsync .app.so.new
linkat app.so .app.so.old
fsync lib
renameat .app.so.new app.so
fsync lib
renameat .app.so.old app.so.previous
fsync lib' "$work/two.so" lib/app.so
    expect_calls 'linkat app.so.previous .app.so.new
linkat app.so .app.so.old
fsync lib
renameat .app.so.new app.so
fsync lib
renameat .app.so.old app.so.previous
fsync lib' --rollback lib/app.so
}

one_and_two_can_be_exchanged() {
    now=one other=two
    cmp -s "$work/one.so" lib/app.so || now=two other=one
    is_version "$now" lib/app.so
    deploys --rollback lib/app.so
    is_version "$other" lib/app.so
    is_version "$now" lib/app.so.previous
}

a_kill_at_any_step_of_a_rollback_loses_neither_version() {
    enter back
    kill_at_each_step two one one_and_two_can_be_exchanged --rollback lib/app.so
}

a_run_behind_one_that_was_killed_finishes_it() {
    enter finish
    start one
    killed_at kill "$work/two.so" lib/app.so
    is_version two lib/app.so
    answers one
    deploys "$work/two.so" lib/app.so
    expect_text "$output" "an earlier run was killed; what it replaced is 'lib/app.so.previous' now"
    expect_text "$output" 'nothing has changed'
    is_version one lib/app.so.previous
    answers two
}

a_kill_at_any_time_leaves_a_whole_file() {
    enter times
    start one
    for hundredths in 02 05 08 11 14 18 25 40 70; do
        timeout -s KILL "0.$hundredths" "$deploy" -c nginx.conf -p . "$work/two.so" lib/app.so > said 2>&1 || :
        cmp -s "$work/one.so" lib/app.so || is_version two lib/app.so
        get / > answer
    done
    deploys "$work/three.so" lib/app.so
    answers three
    expect_files app.so app.so.previous
}

# Runs it in the background until it waits for a reload that does not come: the
# library lets itself be opened once, by nginx -t.
start_waiting_deploy() {
    rm -rf marks/once
    library once "-DCONSTRUCTOR=if (mkdir(\"$PWD/marks/once\", 0755) != 0) { _exit(7); }"
    "$deploy" -c nginx.conf -p . --nginx "$nginx" --timeout 30 "$work/once.so" lib/app.so > said 2>&1 &
    background=$!
    wait_until grep -q 'told the master process' said
    is_version once lib/app.so
}

end_waiting_deploy() { # SIGNAL
    kill -"$1" "$background"
    status=0
    wait "$background" || status=$?
    background=
    [ "$status" -eq 1 ]
}

being_told_to_end_puts_the_old_version_back() {
    enter term
    start one
    for signal in TERM INT HUP; do
        start_waiting_deploy
        end_waiting_deploy "$signal"
        grep 'linkfunc-deploy: asked to end' said
        grep 'linkfunc-deploy: nginx was reloaded with that' said
        is_version one lib/app.so
        answers one
        expect_files app.so
    done
}

a_second_deployment_at_once_is_refused() {
    enter twice
    start one
    start_waiting_deploy
    expect_refusal "cannot deploy to 'lib/app.so': another deployment to its folder is under way" \
        "$work/two.so" lib/app.so
    is_version once lib/app.so
    end_waiting_deploy TERM
    deploys "$work/two.so" lib/app.so
    answers two
}

a_rehearsal_changes_nothing() {
    enter rehearsal
    start one
    deploys "$work/two.so" lib/app.so
    cp "$work/one.so" lib/.app.so.old # as of a killed run, which the next one would tidy up
    listing > "$work/before"
    deploys --dry-run --probe "$url/" "$work/three.so" lib/app.so
    for step in "would replace 'lib/app.so', and keep what it is as 'lib/app.so.previous'" 'nginx -t' \
        'would reload' 'would wait 10 seconds' "would probe '$url/'"; do
        expect_text "$output" "$step"
    done
    deploys --dry-run --rollback lib/app.so
    expect_text "$output" "would exchange 'lib/app.so' and 'lib/app.so.previous'"
    listing | diff "$work/before" -
    answers two
    fails --dry-run "$work/serve" lib/app.so
    expect_text "$output" 'not-shared'
    listing | diff "$work/before" -
}

without_an_nginx_that_runs_only_the_configuration_is_proven() {
    enter none
    deploys "$work/one.so" lib/app.so
    expect_text "$output" "no nginx runs by '$PWD/nginx.pid': nothing was reloaded, and no more is proven"
    is_version one lib/app.so
    echo 99999999 > nginx.pid
    deploys --json "$work/two.so" lib/app.so
    [ "$output" = '{"outcome": "deployed", "destination": "lib/app.so", "proof": "configuration"}' ]
    expect_refusal "cannot probe 'http://127.0.0.1:1/': no nginx runs" --probe http://127.0.0.1:1/ \
        "$work/three.so" lib/app.so
    is_version two lib/app.so
    # Somebody else has that number now.
    sleep 60 &
    other=$!
    trap 'kill "$other" 2> /dev/null || :' EXIT
    echo "$other" > nginx.pid
    deploys "$work/three.so" lib/app.so
    expect_text "$output" 'no nginx runs'
    kill -0 "$other"
}

an_nginx_without_a_master_is_refused() {
    enter single
    echo 'daemon off; master_process off;' >> nginx.conf
    server=$nginx # an inherited socket is served by worker processes only
    start one
    expect_refusal "cannot reload the nginx $master of '$PWD/nginx.pid': it runs without a master process" \
        "$work/two.so" lib/app.so
    is_version one lib/app.so
    answers one
}

the_pid_file_can_be_given_or_stand_in_an_included_file() {
    enter pid
    sed -i 's|^pid nginx.pid;|include "main.conf";|' nginx.conf
    echo 'pid "logs.d/my pid";' > main.conf
    mkdir logs.d
    ln -s 'logs.d/my pid' nginx.pid
    start one
    deploys "$work/two.so" lib/app.so
    expect_text "$output" "told the master process $master to reload"
    mv 'logs.d/my pid' given
    deploys --pid given "$work/three.so" lib/app.so
    expect_text "$output" "told the master process $master to reload"
    answers three
}

# Found before anything is done.
a_given_pid_file_must_be_that_of_an_nginx_that_runs() {
    enter given
    : > empty
    echo 12x > garbage
    echo -1 > negative
    echo 99999999999999999999 > huge
    echo 99999999 > nobody
    echo "$$" > shell
    for file in empty garbage negative huge; do
        expect_refusal "'$file' has no process id, and the master's is expected" --pid "$file" "$work/one.so" lib/app.so
    done
    for file in nobody shell; do
        expect_refusal "no nginx runs by '$file'" --pid "$file" "$work/one.so" lib/app.so
    done
    for way in "$work/one.so" "--dry-run $work/one.so" --rollback; do
        # shellcheck disable=SC2086 # a list of words
        expect_refusal "cannot read 'absent': No such file or directory" --pid absent $way lib/app.so
    done
    [ -z "$(ls -A lib)" ]
}

the_file_belongs_to_root_with_a_mode_that_nginx_can_read() {
    enter owner
    cp "$work/one.so" mine.so
    chmod 600 mine.so
    [ "$(id -u)" -ne 0 ] || chown 65534:65534 mine.so
    (umask 077 && deploys mine.so lib/app.so)
    [ "$(stat -c '%u %a' lib/app.so)" = "$(id -u) 755" ]
    chmod 777 lib/app.so
    deploys mine.so lib/app.so
    [ "$(stat -c '%u %a' lib/app.so)" = "$(id -u) 755" ]
}

an_ordinary_user_is_told_whose_the_file_is() {
    [ "$(id -u)" -eq 0 ] || return 0
    enter ordinary
    chown -R 65534:65534 .
    expect_status 0 setpriv --reuid=65534 --regid=65534 --clear-groups "$deploy" -c nginx.conf -p . "$work/one.so" \
        lib/app.so
    expect_text "$output" "installed 'lib/app.so', which belongs to user 65534 as this is not run by root"
    [ "$(stat -c '%u %a' lib/app.so)" = '65534 755' ]
}

a_folder_takes_the_name_of_the_library() {
    enter folder
    sed -i 's|lib/app.so|lib/one.so|' nginx.conf
    deploys "$work/one.so" lib
    deploys "$work/one.so" lib/
    expect_text "$output" "'lib/one.so' is the same already"
    expect_files one.so
}

what_cannot_be_deployed_is_named() {
    enter bad
    expect_refusal "cannot read 'none.so': No such file or directory" none.so lib/app.so
    expect_refusal "cannot deploy 'lib': it is not a regular file" lib lib/app.so
    mkfifo pipe
    expect_refusal "cannot deploy 'pipe': it is not a regular file" pipe lib/app.so
    expect_refusal "cannot open the folder 'none/': No such file or directory" "$work/one.so" none/app.so
    ln -s "$work/one.so" lib/app.so
    expect_refusal "cannot deploy to 'lib/app.so': it is a symbolic link, and a regular file is expected" \
        "$work/one.so" lib/app.so
    rm lib/app.so
    expect_refusal "cannot roll back 'lib/app.so': there is no previous version 'lib/app.so.previous'" \
        --rollback lib/app.so
    expect_refusal "cannot roll back 'lib': it is a folder" --rollback lib
    expect_refusal "cannot run 'none': No such file or directory" --nginx none "$work/one.so" lib/app.so
    expect_refusal "cannot read 'none': No such file or directory" -c none "$work/one.so" lib/app.so
    expect_text "$("$deploy" --json none.so lib/app.so 2> /dev/null || :)" '{"outcome": "refused", '
    [ -z "$(ls -A lib)" ]
}

a_configuration_that_does_not_name_it_is_refused() {
    enter unnamed
    fails "$work/one.so" lib/other.so
    expect_text "$output" "no server calls a function of 'lib/other.so'"
    [ -z "$(ls -A lib)" ]
}

a_folder_that_anybody_can_write_to_is_refused() {
    enter open
    chmod 777 lib
    fails "$work/one.so" lib/app.so
    expect_text "$output" 'lib/app.so: error: writable-by-others: mode 0777 of its folder'
    [ -z "$(ls -A lib)" ]
}

misuse_is_refused_with_a_hint() {
    for arguments in '' 'one' '--bogus a b' 'a b c' '--rollback a b' '--timeout 0 a b' '--timeout 1s a b' \
        '--probe ftp://x a b' '--probe'; do
        # shellcheck disable=SC2086 # a list of words
        expect_status 2 "$deploy" $arguments
        expect_text "$output" 'linkfunc-deploy: '
        expect_text "$output" "Try 'linkfunc-deploy --help'."
    done
    expect_status 2 "$deploy" '' ''
    expect_text "$("$deploy" --version)" 'linkfunc-deploy '
    expect_status 1 sh -c "'$deploy' --help > /dev/full"
}

# Before the library is looked at, and anything is installed.
a_value_that_would_be_refused_in_the_end_is_misuse() {
    enter values
    expect_misuse "linkfunc-check has no rule 'bogus'" --ignore bogus
    expect_misuse "linkfunc-check has no rule ''" --ignore ''
    for url in http:// http://127.0.0.1:99999/ http://127.0.0.1:port/ 'http://127.0.0.1/a b' 'http://[::1/' x; do
        expect_misuse "'$url' is not a URL; one that begins with http:// or https:// and names a host is expected" \
            --probe "$url"
    done
    [ -z "$(ls -A lib)" ]
}

tap_run bytes_are_on_the_disk_before_names_and_names_before_the_next_step \
    a_kill_at_any_step_leaves_the_old_file_or_the_new_one \
    a_kill_at_any_step_of_a_rollback_loses_neither_version \
    a_run_behind_one_that_was_killed_finishes_it \
    a_kill_at_any_time_leaves_a_whole_file \
    being_told_to_end_puts_the_old_version_back \
    a_second_deployment_at_once_is_refused \
    a_rehearsal_changes_nothing \
    without_an_nginx_that_runs_only_the_configuration_is_proven \
    an_nginx_without_a_master_is_refused \
    the_pid_file_can_be_given_or_stand_in_an_included_file \
    a_given_pid_file_must_be_that_of_an_nginx_that_runs \
    the_file_belongs_to_root_with_a_mode_that_nginx_can_read \
    an_ordinary_user_is_told_whose_the_file_is \
    a_folder_takes_the_name_of_the_library \
    what_cannot_be_deployed_is_named \
    a_configuration_that_does_not_name_it_is_refused \
    a_folder_that_anybody_can_write_to_is_refused \
    misuse_is_refused_with_a_hint \
    a_value_that_would_be_refused_in_the_end_is_misuse
