#!/bin/sh
# The counter behind the last line of tests/run, on real CTest logs.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

# Runs one program as a CTest of its own, and counts its log.
count() { # COMMAND...
    count_tests "add_test(NAME t COMMAND $*)"
}

count_tests() { # CMAKE-TEXT
    rm -rf project
    mkdir project
    printf 'cmake_minimum_required(VERSION 3.25)\nproject(p NONE)\nenable_testing()\n%s\n' "$1" \
        > project/CMakeLists.txt
    cmake -S project -B project/build
    ctest --test-dir project/build --timeout 1 || true
    status=0
    output=$(awk -f "$SOURCE/tests/support/count.awk" project/build/Testing/Temporary/LastTest.log) || status=$?
}

expect_count() { # STATUS LAST-LINE
    printf '%s\n' "$output"
    test "$status" -eq "$1"
    test "$(printf '%s\n' "$output" | tail -n 1)" = "$2"
}

tap_of_a_passing_program_is_counted() {
    count 'printf "1..2\\nok 1 - a\\nok 2 - b\\n"'
    expect_count 0 '2 passed, 0 failed, 0 skipped'
}

failed_tests_are_counted_and_named() {
    count 'sh -c "echo 1..2; echo ok 1 - a; echo not ok 2 - b; exit 1"'
    expect_count 1 '1 passed, 1 failed, 0 skipped'
    expect_text "$output" 't: not ok 2 - b'
}

tests_that_a_crash_cut_off_have_failed() {
    # shellcheck disable=SC2016 # the inner shell expands it
    count 'sh -c "echo 1..3; echo ok 1 - a; kill -SEGV $$"'
    expect_count 1 '1 passed, 2 failed, 0 skipped'
}

tests_that_hang_have_failed() {
    count 'sh -c "echo 1..2; echo ok 1 - a; exec sleep 30"'
    expect_count 1 '1 passed, 1 failed, 0 skipped'
}

skipped_tests_are_no_success() {
    count 'printf "1..2\\nok 1 - a\\nnot ok 2 # SKIP b\\n"'
    expect_count 1 '1 passed, 0 failed, 1 skipped'
}

program_without_a_plan_is_one_test() {
    count true
    expect_count 0 '1 passed, 0 failed, 0 skipped'
    count false
    expect_count 1 '0 passed, 1 failed, 0 skipped'
}

failure_behind_passing_tests_is_counted() {
    count 'sh -c "echo 1..1; echo ok 1 - a; exit 1"'
    expect_count 1 '1 passed, 1 failed, 0 skipped'
}

missing_program_has_failed() {
    count /nonexistent/program
    expect_count 1 '0 passed, 1 failed, 0 skipped'
}

test_without_its_fixture_has_failed() {
    count_tests 'add_test(NAME f COMMAND false)
set_tests_properties(f PROPERTIES FIXTURES_SETUP fixture)
add_test(NAME t COMMAND true)
set_tests_properties(t PROPERTIES FIXTURES_REQUIRED fixture)'
    expect_count 1 '0 passed, 2 failed, 0 skipped'
}

no_test_at_all_is_a_failure() {
    status=0
    output=$(awk -f "$SOURCE/tests/support/count.awk" /dev/null) || status=$?
    expect_count 1 '0 passed, 1 failed, 0 skipped'
}

tap_run tap_of_a_passing_program_is_counted failed_tests_are_counted_and_named \
    tests_that_a_crash_cut_off_have_failed tests_that_hang_have_failed skipped_tests_are_no_success \
    program_without_a_plan_is_one_test failure_behind_passing_tests_is_counted missing_program_has_failed \
    test_without_its_fixture_has_failed no_test_at_all_is_a_failure
