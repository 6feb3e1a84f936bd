#!/bin/sh
# usage: templates.sh BUILD-SYSTEM
# Every template with this build system: compiled strictly, tested plain and
# under the sanitizers, checked, and asked inside a real NGINX.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"
# shellcheck source=tests/support/project.sh
. "$(dirname "$0")/../support/project.sh"

system=$1

# template | what the curl of its README answers | a request that is refused,
# and once more the last of several | with this status
table='
hello|{"message": "Hello, NGINX!"}|api/hello?name='$(printf '%0193d' 0)'|400
auth|Hello, alice!|private/|401
counter|{"page": "home", "visits": 1}|api/visits?page=%22|400
form|{"name": "Alice", "email": "alice@example.org"}|api/contact|405
proxy-gate|Hello from the application, 59 left|app/[2-61]|429
cxx|{"sum": 6, "largest": 6}|api/sum?numbers=x|400
'

row_of() { # TEMPLATE
    printf '%s' "$table" | grep "^$1|"
}

make_project() { # TEMPLATE
    expect_status 0 "$STAGE/bin/linkfunc-new" --template "$1" --build "$system" --license MIT --author 'A. Nobody' \
        --no-git --dir project my-app
    cd project
}

set_up() {
    case $system in
        cmake) expect_status 0 cmake -G Ninja -B build ;;
        meson) expect_status 0 meson setup build ;;
    esac
}

target() { # TARGET...
    case $system in
        make) expect_status 0 make "$@" ;;
        cmake) expect_status 0 cmake --build build --target "$@" ;;
        meson) expect_status 0 ninja -C build "$@" ;;
    esac
}

# The unit tests, by the build system's own way of running them.
run_tests() {
    case $system in
        make) target test ;;
        cmake) expect_status 0 ctest --test-dir build --output-on-failure --no-tests=error ;;
        meson) expect_status 0 meson test -C build ;;
    esac
}

# With make by the other compiler, which has warnings of its own.
run_sanitized() {
    case $system in
        make) target asan CC=clang CXX=clang++ ;;
        *) target asan ;;
    esac
}

# Where it stands, as a server would read it.
configuration_is_good() {
    mkdir modules
    cp "$STAGE/lib/nginx/modules/ngx_http_link_func_module.so" modules/
    PATH=$PATH:/usr/sbin nginx -t -p "$PWD/" -c "$PWD/nginx.conf"
    rm -r modules
}

# What the server wrote ends when the last of its processes has.
end_server() {
    kill -TERM "-$pid" || :
    wait "$pid" || :
    cat <&3
}

start_server() {
    mkfifo ../pipe
    case $system in
        make) setsid make -s run > ../pipe 2> ../log & ;;
        cmake) setsid cmake --build build --target run > ../pipe 2> ../log & ;;
        meson) setsid ninja -C build run > ../pipe 2> ../log & ;;
    esac
    pid=$!
    exec 3< ../pipe
    trap end_server EXIT
    url=''
    while [ -z "$url" ] && read -r line <&3; do
        case $line in *http://127.0.0.1:*) url=${line##* } ;; esac
    done
}

curl() {
    command curl -sS --noproxy '*' --max-time 20 "$@"
}

# The README's own command, sent to this server.
ask_as_the_readme_says() {
    command=$(sed -n 's|^    \(curl .*\)$|\1|p' README.md | sed "s|http://127.0.0.1:8080/|$url|; s| -i | |")
    echo "$command"
    answer=$(eval "$command")
}

it_works() { # TEMPLATE
    row=$(row_of "$1")
    rest=${row#*|}
    request=${rest#*|}
    make_project "$1"
    set_up
    target all
    run_tests
    run_sanitized
    target check
    configuration_is_good
    start_server
    ask_as_the_readme_says
    expect_text "$answer" "${rest%%|*}"
    [ "$(curl -o /dev/null -w '%{http_code}\n' "$url${request%|*}" | tail -n 1)" = "${request##*|}" ]
    expect_status 1 grep -E '\[(alert|emerg|error|warn)\]' ../log
}

# One test for each row: hello_works, proxy_gate_works...
tests=''
for template in $(printf '%s' "$table" | cut -d '|' -f 1); do
    test=$(echo "$template" | tr - _)_works
    eval "$test() { mkdir '$template'; cd '$template'; it_works '$template'; }"
    tests="$tests $test"
done

every_template_is_in_the_table() {
    "$STAGE/bin/linkfunc-new" --list | sed -n '/^Templates/,/^Build/s/^  \([a-z-]*\) .*/\1/p' | sort > listed
    printf '%s' "$table" | sed -n 's/|.*//p' | sort > tabled
    diff listed tabled
}

# They are the same for every build system, so make alone has all of them.
sources_are_formatted_and_scripts_clean() {
    [ "$system" = make ] || return 0
    for template in $(printf '%s' "$table" | cut -d '|' -f 1); do
        (cd "$template/project" && clang-format --dry-run -Werror src/*.[ch]* tests/*.c* fuzz/*.c* \
            && shellcheck fuzz/run.sh tests/coverage.sh)
    done
}

# A template is an example of tests too: also of what they say of failures.
the_tests_of_every_template_reach_nine_lines_of_ten() {
    [ "$system" = make ] || return 0
    for template in $(printf '%s' "$table" | cut -d '|' -f 1); do
        echo "$template"
        (cd "$template/project" && target coverage && echo "$output" > ../coverage)
        awk -F '[:%]' '/^File|^Lines/ { print } /^Lines executed/ { files++; low += $2 < 90 }
            END { exit low > 0 || !files }' "$template/coverage"
    done
}

# The targets that are the same for every template.
the_other_targets_work() {
    cd "$work/counter/project"
    target tsan
    expect_text "$output" '[  PASSED  ] 13 test(s).'
    cd "$work/hello/project"
    case $system in meson) target cover ;; *) target coverage ;; esac
    expect_text "$output" 'src/my-app.c'
    expect_text "$output" 'Lines executed:100.00%'
    case $system in
        make) target install "DESTDIR=$work/root" ;;
        cmake) DESTDIR=$work/root expect_status 0 cmake --install build ;;
        meson) DESTDIR=$work/root expect_status 0 meson install -C build ;;
    esac
    [ "$(find "$work/root" -name libmy-app.so | wc -l)" -eq 1 ]
}

compile_commands_name_every_source() {
    cd hello/project
    case $system in
        make) target compile_commands.json && commands=compile_commands.json ;;
        *) commands=build/compile_commands.json ;;
    esac
    for file in src/my-app.c tests/test_my-app.c fuzz/fuzz_my-app.c; do
        grep -q "\"file\": .*$file\"" "$commands"
    done
}

# In the project that is built already, whose source is put back behind it.
plant() { # SED-SCRIPT
    cp src/my-app.c ../good.c
    trap 'cp ../good.c src/my-app.c' EXIT
    sed "$1" ../good.c > src/my-app.c
}

a_planted_overflow_fails_under_address_sanitizer() {
    cd hello/project
    plant 's/char escaped\[MAX_NAME + 1\]/char escaped[MAX_NAME]/; s/sizeof(escaped), name/sizeof(escaped) + 1, name/'
    if target asan > ../output; then
        return 1
    fi
    grep -q 'AddressSanitizer: stack-buffer-overflow' ../output
}

a_function_that_is_missing_fails_the_check() {
    cd hello/project
    plant 's/^void hello_json/static void hello_json/'
    printf 'void other(ngx_link_func_ctx_t *ctx);\nvoid other(ngx_link_func_ctx_t *ctx)\n{\n    hello_json(ctx);\n}\n' \
        >> src/my-app.c
    if target check > ../output; then
        return 1
    fi
    grep -q 'hello_json.*static' ../output
}

# The script is the same for every build system, so make alone tries all.
fuzz_targets_run() {
    case $system in
        make) fuzzed=$(printf '%s' "$table" | cut -d '|' -f 1) ;;
        *) fuzzed=hello ;;
    esac
    for template in $fuzzed; do
        (cd "$template/project" && FUZZ_SECONDS=1 target fuzz && expect_text "$output" 'Done ')
    done
}

# shellcheck disable=SC2086 # names of functions
tap_run $tests every_template_is_in_the_table \
    sources_are_formatted_and_scripts_clean \
    the_tests_of_every_template_reach_nine_lines_of_ten \
    the_other_targets_work \
    compile_commands_name_every_source \
    a_planted_overflow_fails_under_address_sanitizer \
    a_function_that_is_missing_fails_the_check \
    fuzz_targets_run
