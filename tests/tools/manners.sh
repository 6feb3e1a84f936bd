#!/bin/sh
# What every tool does alike.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

expect_answer() { # TOOL OPTION
    "$STAGE/bin/$1" "$2" > out 2> err
    test -s out
    test ! -s err
}

# One line and a hint.
expect_misuse() { # TOOL MESSAGE ARGUMENT...
    tool=$1
    message=$2
    shift 2
    status=0
    "$STAGE/bin/$tool" "$@" > out 2> err < /dev/null || status=$?
    [ "$status" -eq 2 ]
    test ! -s out
    printf '%s: %s\nTry '\''%s --help'\''.\n' "$tool" "$message" "$tool" | diff - err
}

all() { # COMMAND ARGUMENT...
    for path in "$STAGE"/bin/linkfunc-*; do
        "$1" "${path##*/}" "$2" ${3+"$3"} || return 1
    done
}

help_and_version_are_answers() {
    test "$(find "$STAGE/bin" -name 'linkfunc-*' | wc -l)" -eq 5
    all expect_answer --help
    all expect_answer -h
    all expect_answer --version
    all expect_answer -V
}

the_version_is_that_of_the_set() {
    version=$(PKG_CONFIG_PATH=$STAGE/lib/pkgconfig pkg-config --modversion ngx_link_func)
    for path in "$STAGE"/bin/linkfunc-*; do
        [ "$("$path" --version)" = "${path##*/} $version" ]
    done
}

unknown_options_are_misuse() {
    all expect_misuse "unknown option '--none'" --none
}

what_is_missing_is_misuse() {
    expect_misuse linkfunc-check 'expected LIB.so'
    expect_misuse linkfunc-call 'expected LIB.so [FUNCTION] [URL]'
    expect_misuse linkfunc-new 'NAME is missing'
    expect_misuse linkfunc-deploy 'expected LIB.so DEST | --rollback DEST'
}

what_is_too_much_is_misuse() {
    expect_misuse linkfunc-check "unexpected argument 'b'" a b
    expect_misuse linkfunc-new "unexpected argument 'b'" a b
    expect_misuse linkfunc-run "unexpected argument 'b'" a b
    expect_misuse linkfunc-deploy "unexpected argument 'c'" a b c
}

tap_run help_and_version_are_answers the_version_is_that_of_the_set unknown_options_are_misuse \
    what_is_missing_is_misuse what_is_too_much_is_misuse
