# shellcheck shell=sh
# Sourced by script tests: a scratch folder in $work, removed at the end, and
# TAP on standard output.  A test is a shell function named after what holds;
# its commands run under set -e, so the first that fails fails the test:
#
#     . "$(dirname "$0")/../support/tap.sh"
#     it_refuses_a_bad_name() { ...; }
#     tap_run it_refuses_a_bad_name ...

export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Passes when the command does, within 20 s at least.
wait_until() { # COMMAND...
    for _ in $(seq 400); do
        "$@" && return
        sleep 0.05
    done
    echo "never true: $*"
    return 1
}

# Fails, saying what was expected, unless the text contains the words.
expect_text() { # TEXT WORDS
    case $1 in
        *"$2"*) ;;
        *)
            printf 'expected: %s\nin: %s\n' "$2" "$1"
            return 1
            ;;
    esac
}

# Runs a command that must exit with this status; its output is in $output.
expect_status() { # STATUS COMMAND...
    expected=$1
    shift
    status=0
    output=$("$@" 2>&1) || status=$?
    [ "$status" -eq "$expected" ] || {
        printf 'exit status %s, expected %s: %s\n%s\n' "$status" "$expected" "$*" "$output"
        return 1
    }
}

tap_run() { # FUNCTION...
    echo "1..$#"
    number=0
    failures=0
    for name in "$@"; do
        number=$((number + 1))
        log=$work/.log
        # A subshell of its own process group's standing: `if` would switch set -e off.
        set +e
        (
            set -e
            cd "$work"
            "$name"
        ) > "$log" 2>&1
        result=$?
        set -e
        if [ "$result" -eq 0 ]; then
            echo "ok $number - $name"
        else
            echo "not ok $number - $name"
            sed 's/^/# /' "$log"
            failures=$((failures + 1))
        fi
    done
    [ "$failures" -eq 0 ]
}
