#!/bin/sh
# The project that linkfunc-new makes, used as its README says.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

export PKG_CONFIG_PATH="$STAGE/lib/pkgconfig"
unset CC CFLAGS WARNINGS MAKEFLAGS MAKELEVEL
project=$work/my-app
chmod 711 "$work"
"$STAGE/bin/linkfunc-new" --dir "$project" my-app > /dev/null

# Runs `make TARGET...`, which must succeed; its output is in $output.
make_target() { # ARGUMENT...
    expect_status 0 make -C "$project" "$@"
}

strict='-Wall -Wextra -Werror -pedantic'

# The line of cmocka that says that all tests ran, and none failed.
expect_all_tests() {
    expect_text "$output" '[  PASSED  ] 9 test(s).'
}

it_compiles_strictly_with_both_compilers() {
    for compiler in gcc clang; do
        make_target clean
        make_target all "CC=$compiler" "WARNINGS=$strict"
        make_target test "CC=$compiler" "WARNINGS=$strict"
        expect_all_tests
    done
    make_target clean
}

the_library_exports_the_handler_and_the_hooks() {
    make_target
    nm -D --defined-only "$project/libmy-app.so" > symbols
    for symbol in hello_json ngx_link_func_init_cycle ngx_link_func_exit_cycle; do
        grep -q " T $symbol\$" symbols
    done
}

its_tests_pass() {
    make_target test
    expect_all_tests
}

its_tests_pass_under_address_sanitizer() {
    make_target asan
    expect_all_tests
    nm "$project/build/asan/test" | grep -q __asan_
}

its_tests_pass_under_thread_sanitizer() {
    make_target tsan
    expect_all_tests
    nm "$project/build/tsan/test" | grep -q __tsan_
}

coverage_says_that_every_line_was_reached() {
    make_target coverage
    expect_text "$output" "File 'src/my-app.c'"
    expect_text "$output" 'Lines executed:100.00%'
}

# An overflow of one byte that a plain run does not notice.
a_planted_overflow_fails_under_address_sanitizer() {
    cp -R "$project" planted
    sed 's/char escaped\[MAX_NAME + 1\]/char escaped[MAX_NAME]/; s/sizeof(escaped), name/sizeof(escaped) + 1, name/' \
        "$project/src/my-app.c" > planted/src/my-app.c
    expect_status 2 make -C planted asan
    expect_text "$output" 'AddressSanitizer: stack-buffer-overflow'
    expect_text "$output" 'src/my-app.c'
}

a_planted_mistake_fails_its_tests() {
    cp -R "$project" mistaken
    sed 's/Hello, %s!/Hello %s!/' "$project/src/my-app.c" > mistaken/src/my-app.c
    expect_status 2 make -C mistaken test
    expect_text "$output" 'hello_greets_by_name'
}

compile_commands_are_json_for_every_source() {
    make_target compile_commands.json
    clang-tidy --quiet --checks='-*,clang-analyzer-*' -p "$project" "$project/src/my-app.c" "$project/tests/test_my-app.c"
    [ "$(grep -c '"file"' "$project/compile_commands.json")" -eq 3 ]
}

an_sdk_whose_path_has_a_space_is_good() {
    cp -a "$STAGE" "$work/my sdk"
    cp -a "$project" "$work/my app"
    export PKG_CONFIG_PATH="$work/my sdk/lib/pkgconfig" FUZZ_SECONDS=1
    expect_status 0 make -C "$work/my app" clean
    for target in test check fuzz compile_commands.json; do
        expect_status 0 make -C "$work/my app" "$target"
    done
    clang-tidy --quiet --checks='-*,clang-analyzer-*' -p "$work/my app" "$work/my app/src/my-app.c"
}

its_sources_follow_its_own_clang_format() {
    cd "$project"
    clang-format --dry-run -Werror src/*.c tests/*.c
}

installation_makes_a_new_file() {
    make_target install "DESTDIR=$work/root" LIBDIR=/lib
    ls -i root/lib/libmy-app.so > before
    ln root/lib/libmy-app.so open
    make_target install "DESTDIR=$work/root" LIBDIR=/lib
    ls -i root/lib/libmy-app.so > after
    [ "$(cat before)" != "$(cat after)" ]
    [ "$(stat -c %a root/lib/libmy-app.so)" = 755 ]
}

# `make run` becomes linkfunc-run, so the signal reaches it.
it_answers_from_a_real_nginx() {
    make_target
    mkfifo pipe
    make -s -C "$project" run > pipe 2> log &
    pid=$!
    trap 'pkill -TERM -P "$pid" || :; wait "$pid" || :' EXIT
    read -r line < pipe
    url=${line##* }
    [ "$(curl -fsS --noproxy '*' "${url}api/hello?name=NGINX")" = '{"message": "Hello, NGINX!"}' ]
    [ "$(curl -fsS --noproxy '*' "${url}api/hello")" = '{"message": "Hello, World!"}' ]
    curl -fsS --noproxy '*' -o /dev/null -D headers "${url}api/hello"
    grep -q '^Content-Type: application/json' headers
    [ "$(curl -sS --noproxy '*' -o /dev/null -w '%{http_code}' "${url}api/hello?name=$(printf '%0193d' 0)")" = 400 ]
    expect_status 1 grep -E '\[(alert|emerg|error|warn)\]' log
}

its_configuration_runs_in_place() {
    make_target
    mkdir in-place
    cp -R "$project/." in-place/
    mkdir in-place/modules
    cp "$STAGE/lib/nginx/modules/ngx_http_link_func_module.so" in-place/modules/
    PATH=$PATH:/usr/sbin nginx -t -p "$PWD/in-place/" -c "$PWD/in-place/nginx.conf"
}

what_is_built_is_ignored_by_git() {
    make_target all test asan coverage compile_commands.json
    touch "$project/nginx.pid"
    mkdir -p "$project/nginx-body-temp"
    git -C "$project" status --porcelain --untracked-files=all | cut -c4- | sort > untracked
    cat > wanted << 'LIST'
.clang-format
.editorconfig
.github/workflows/ci.yml
.gitignore
.linkfunc/pristine/.clang-format
.linkfunc/pristine/.editorconfig
.linkfunc/pristine/.github/workflows/ci.yml
.linkfunc/pristine/.gitignore
.linkfunc/pristine/Makefile
.linkfunc/pristine/README.md
.linkfunc/pristine/fuzz/corpus/first.http
.linkfunc/pristine/fuzz/fuzz_my-app.c
.linkfunc/pristine/fuzz/run.sh
.linkfunc/pristine/nginx.conf
.linkfunc/pristine/src/my-app.c
.linkfunc/pristine/tests/coverage.sh
.linkfunc/pristine/tests/test_my-app.c
.linkfunc/project
Makefile
README.md
fuzz/corpus/first.http
fuzz/fuzz_my-app.c
fuzz/run.sh
nginx.conf
src/my-app.c
tests/coverage.sh
tests/test_my-app.c
LIST
    diff wanted untracked
}

a_missing_sdk_is_said_before_the_compiler_complains() {
    PKG_CONFIG_PATH=/nonexistent expect_status 2 make -C "$project" -B
    expect_text "$output" "ngx_link_func.pc"
    PKG_CONFIG_PATH=/nonexistent expect_status 0 make -C "$project" clean
}

tap_run it_compiles_strictly_with_both_compilers \
    the_library_exports_the_handler_and_the_hooks \
    its_tests_pass \
    its_tests_pass_under_address_sanitizer \
    its_tests_pass_under_thread_sanitizer \
    coverage_says_that_every_line_was_reached \
    a_planted_overflow_fails_under_address_sanitizer \
    a_planted_mistake_fails_its_tests \
    compile_commands_are_json_for_every_source \
    an_sdk_whose_path_has_a_space_is_good \
    its_sources_follow_its_own_clang_format \
    installation_makes_a_new_file \
    it_answers_from_a_real_nginx \
    its_configuration_runs_in_place \
    what_is_built_is_ignored_by_git \
    a_missing_sdk_is_said_before_the_compiler_complains
