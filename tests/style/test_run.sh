#!/bin/sh
# What tests/run does with its options, on a tree of stand-ins.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

# Programs that do nothing; the log of a preset's tests has one that passed.
make_tree() {
    mkdir -p "$1/tests/support" "$1/tests/coverage" "$1/tools" "$1/bin"
    cd "$1"
    cp "$SOURCE/tests/run" tests/
    cp "$SOURCE/tests/support/count.awk" tests/support/
    cat > bin/ctest << 'TEXT'
#!/bin/sh
mkdir -p "build/$2/Testing/Temporary"
printf '1/1 Testing: t\n1..1\nok 1 - a\n' > "build/$2/Testing/Temporary/LastTest.log"
TEXT
    cat > tests/coverage/run << 'TEXT'
#!/bin/sh
echo "coverage, long=${LINKFUNC_LONG-no}"
exit "${COVERAGE_STATUS-0}"
TEXT
    printf '#!/bin/sh\n' > tools/install-deps
    cp tools/install-deps bin/cmake
    chmod +x bin/* tools/* tests/coverage/run
    PATH=$PWD/bin:$PATH
    unset LINKFUNC_LONG
}

expect_end() { # LINE...
    printf '%s\n' "$@" > expected
    printf '%s\n' "$output" | tail -n $# | diff expected -
}

a_long_run_ends_with_the_coverage() {
    make_tree long
    expect_status 0 tests/run --long
    expect_end '== coverage' 'coverage, long=no' '4 passed, 0 failed, 0 skipped'
}

coverage_that_is_low_fails_a_long_run() {
    make_tree low
    COVERAGE_STATUS=1 expect_status 1 tests/run --long
    expect_end 'coverage, long=no' '4 passed, 1 failed, 0 skipped'
}

other_runs_have_no_coverage() {
    make_tree short
    for arguments in '' unit '--long unit'; do
        # shellcheck disable=SC2086 # words
        expect_status 0 tests/run $arguments
        expect_end '4 passed, 0 failed, 0 skipped'
        ! echo "$output" | grep coverage || return 1
    done
}

tap_run a_long_run_ends_with_the_coverage coverage_that_is_low_fails_a_long_run other_runs_have_no_coverage
