#!/bin/sh
# C and C++ programs built through the CMake package, from a moved prefix.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

cp -R "$STAGE" "$work/moved"

find_package_gives_the_header_and_the_mock() {
    cmake -S "$SOURCE/tests/consumer/project" -B build "-DCMAKE_PREFIX_PATH=$work/moved"
    cmake --build build
    ctest --test-dir build --output-on-failure --no-tests=error
}

find_package_refuses_a_newer_version() {
    printf 'cmake_minimum_required(VERSION 3.25)\nproject(p C)\nfind_package(ngx_link_func 99 REQUIRED)\n' \
        > CMakeLists.txt
    expect_status 1 cmake -S . -B newer "-DCMAKE_PREFIX_PATH=$work/moved"
    expect_text "$output" 'requested version "99"'
}

tap_run find_package_gives_the_header_and_the_mock find_package_refuses_a_newer_version
