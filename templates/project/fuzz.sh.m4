m4_include(common.m4)m4_dnl
#!/bin/sh
M4_HASH_HEAD()m4_dnl
# Builds the fuzz target with Clang (FUZZ_CC) under AddressSanitizer and
# UndefinedBehaviorSanitizer, and lets it run for FUZZ_SECONDS (60).
# fuzz/corpus/ has the requests that it begins with; what it finds by itself
# goes to build/fuzz/.
#
# A crash leaves a file build/fuzz/crash-*.  This turns it into a request in
# plain HTTP, to keep in fuzz/corpus/ or to send again:
#   LINKFUNC_FUZZ_HTTP=crash.http build/fuzz/fuzz build/fuzz/crash-...
set -eu

cd "$(dirname "$0")/.."
pkg_config=${PKG_CONFIG:-pkg-config}
packages='ngx_link_func ngx_link_func_mock'
libdir=$($pkg_config --variable=libdir ngx_link_func_mock)

mkdir -p build/fuzz/corpus
# pkg-config escapes its words for the shell.
# shellcheck disable=SC2086 # packages are words
eval "set -- $($pkg_config --cflags --libs $packages) -Wl,-rpath,$libdir"
${FUZZ_CC:-M4_CLANG()} -std=M4_STANDARD() -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
    -o build/fuzz/fuzz src/*.M4_SUFFIX() fuzz/*.M4_SUFFIX() "$@"
exec build/fuzz/fuzz -max_total_time="${FUZZ_SECONDS:-60}" -max_len=4096 -artifact_prefix=build/fuzz/ \
    build/fuzz/corpus fuzz/corpus
