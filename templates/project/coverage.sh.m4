m4_include(common.m4)m4_dnl
#!/bin/sh
M4_HASH_HEAD()m4_dnl
# usage: coverage.sh PROGRAM FOLDER
# Runs a test program that was built with --coverage, and prints which share of
# src/ it reached.  Its objects are in FOLDER.
set -eu

program=$1
folder=$2
find "$folder" -name '*.gcda' -exec rm -f {} +
"$program"
find "$folder" -name '*.gcda' -exec "${GCOV:-gcov}" -n -b {} + \
    | sed -n "/^File '\(.*\/\)\{0,1\}src\/[^/]*'\$/,/^Taken\|^No branches/p"
