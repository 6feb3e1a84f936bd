#!/bin/sh
# install-deps, on a made-up machine: nothing is installed here.
# shellcheck disable=SC2016 # what the fakes run is expanded by them
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

# A machine in the current folder whose programs are this one's but for those
# that install-deps asks about and those that would change something.  The
# file `installed` names its packages; apt adds to it.
machine() { # USER-ID PACKAGES
    mkdir bin
    for tool in env sh cat rm awk tr mktemp chmod printf grep kill; do
        ln -s "$(command -v "$tool")" bin/
    done
    for tool in cc cmake make pkg-config m4 nginx curl; do
        fake "$tool" ':'
    done
    printf '%s\n' "$2" | tr ' ' '\n' > installed
    fake id "echo $1"
    fake sudo 'shift; "$@"'
    fake dpkg-query 'for package; do :; done; grep -qx "$package" installed && echo installed'
    fake apt-get 'echo "apt-get $*" >> calls
[ ! -e policy ] || cat policy > policy-seen
case $* in *install*) for package; do echo "$package" >> installed; done ;; esac'
    sed "s|^policy=.*|policy=$PWD/policy|; s|^PATH=.*||" "$SOURCE/tools/install-deps" > install-deps
    chmod +x install-deps
}

fake() { # NAME LINES
    printf '#!/bin/sh\n%s\n' "$2" > "bin/$1"
    chmod +x "bin/$1"
}

enter() { # NAME
    mkdir "$1"
    cd "$1"
}

on_machine() { # COMMAND...
    PATH=$PWD/bin "$@"
}

expect_refusal() { # MESSAGE
    expect_status 1 on_machine ./install-deps
    [ "$output" = "install-deps: $1" ] || {
        echo "$output"
        return 1
    }
    [ ! -e calls ]
}

everything='gcc libc6-dev cmake make pkg-config m4 nginx nginx-dev libcmocka-dev curl libcurl4-openssl-dev libelf-dev libjansson-dev libdw-dev'
partly='libc6-dev libcmocka-dev libcurl4-openssl-dev libelf-dev libjansson-dev libdw-dev' # nginx-dev is missing

nothing_missing_needs_neither_root_nor_apt() {
    enter complete
    machine 1000 "$everything"
    fake sudo 'echo sudo >> calls'
    expect_status 0 on_machine ./install-deps
    [ -z "$output" ]
    [ ! -e calls ]
}

missing_packages_alone_are_installed() {
    enter some
    machine 1000 "$everything"
    printf '%s\n' libc6-dev > installed
    expect_status 0 on_machine ./install-deps --build
    [ "$output" = 'install-deps: installing nginx-dev libcmocka-dev libcurl4-openssl-dev libelf-dev libjansson-dev libdw-dev' ]
    grep -qx 'apt-get -q install -y --no-install-recommends nginx-dev libcmocka-dev libcurl4-openssl-dev libelf-dev libjansson-dev libdw-dev' calls
}

the_test_group_includes_the_build_group() {
    enter group
    machine 0 "$partly"
    fake c++ ':'
    fake shellcheck ':'
    fake apt-get 'case $* in *install*) echo "$*" > calls; exit 100 ;; esac'
    expect_status 1 on_machine ./install-deps --test
    expect_text "$(cat calls)" ' nginx-dev clang openssl '
    expect_status 1 grep -E 'shellcheck|g\+\+' calls
}

services_are_forbidden_for_the_duration() {
    enter forbidden
    machine 0 "$partly"
    on_machine ./install-deps
    expect_text "$(cat policy-seen)" 'exit 101'
    [ ! -e policy ]
}

the_policy_goes_when_the_installation_fails() {
    enter failing
    machine 0 "$partly"
    fake apt-get '[ -x policy ] && : > policy-seen; echo reason; exit 100'
    expect_status 1 on_machine ./install-deps
    expect_text "$output" 'reason'
    expect_text "$output" 'install-deps: apt-get could not install: nginx-dev'
    [ -e policy-seen ]
    [ ! -e policy ]
}

the_policy_goes_on_interruption() {
    enter interrupted
    machine 0 "$partly"
    # The name of the fake's parent is install-deps: root needs no sudo.
    fake apt-get '[ -x policy ] && : > policy-seen; kill -TERM "$PPID"'
    expect_status 143 on_machine ./install-deps
    [ -e policy-seen ]
    [ ! -e policy ]
}

a_policy_that_a_killed_run_left_is_taken_over() {
    enter leftover
    machine 0 "$partly"
    fake apt-get 'kill -KILL "$PPID"'
    expect_status 137 on_machine ./install-deps
    [ -e policy ]
    fake apt-get 'for package; do echo "$package" >> installed; done'
    on_machine ./install-deps
    [ ! -e policy ]
}

a_policy_of_the_machine_stays_as_it_is() {
    enter policy
    machine 0 "$partly"
    printf '#!/bin/sh\nexit 101\n' > policy
    chmod 744 policy
    cp -p policy before
    on_machine ./install-deps
    cmp policy before
    [ "$(stat -c %a policy)" = 744 ]
}

a_policy_that_starts_services_is_refused() {
    enter permissive
    machine 0 "$partly"
    printf '#!/bin/sh\nexit 0\n' > policy
    chmod +x policy
    expect_refusal "$PWD/policy lets services start; install nginx yourself"
}

a_user_without_sudo_is_told_what_is_missing() {
    enter no-sudo
    machine 1000 "$partly"
    rm bin/sudo
    expect_refusal 'must be run as root, or sudo be installed, to install: nginx-dev'
}

a_user_whom_sudo_refuses_is_told_what_is_missing() {
    enter refused
    machine 1000 "$partly"
    fake sudo 'exit 1'
    expect_refusal 'sudo refused; run as root to install: nginx-dev'
}

a_system_without_apt_is_told_what_is_missing() {
    enter other
    machine 0 ''
    rm bin/apt-get
    expect_refusal 'not a Debian-like system (no apt-get); install the counterparts of these yourself: libc6-dev nginx-dev libcmocka-dev libcurl4-openssl-dev libelf-dev libjansson-dev libdw-dev'
}

a_compiler_hidden_from_path_is_named() {
    enter hidden
    machine 1000 "$everything"
    rm bin/cc
    expect_refusal "no 'cc' on PATH although the package gcc is installed"
}

misuse_is_refused_with_a_hint() {
    for arguments in '--bogus' '--build --test' 'x'; do
        # shellcheck disable=SC2086 # a list of words
        expect_status 2 "$SOURCE/tools/install-deps" $arguments
        expect_text "$output" "Try 'install-deps --help'."
    done
    expect_text "$("$SOURCE/tools/install-deps" --help)" 'usage: install-deps'
}

tap_run nothing_missing_needs_neither_root_nor_apt \
    missing_packages_alone_are_installed \
    the_test_group_includes_the_build_group \
    services_are_forbidden_for_the_duration \
    the_policy_goes_when_the_installation_fails \
    the_policy_goes_on_interruption \
    a_policy_that_a_killed_run_left_is_taken_over \
    a_policy_of_the_machine_stays_as_it_is \
    a_policy_that_starts_services_is_refused \
    a_user_without_sudo_is_told_what_is_missing \
    a_user_whom_sudo_refuses_is_told_what_is_missing \
    a_system_without_apt_is_told_what_is_missing \
    a_compiler_hidden_from_path_is_named \
    misuse_is_refused_with_a_hint
