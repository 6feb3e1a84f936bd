#!/bin/sh
# linkfunc-check: each rule finds a library made to break it, and nothing else.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

check=$STAGE/bin/linkfunc-check
umask 022

cat > "$work/app.c" << 'TEXT'
#include <ngx_link_func_module.h>
void hello_json(ngx_link_func_ctx_t *ctx) { ngx_link_func_write_resp(ctx, 200, NULL, NULL, NULL, 0); }
__attribute__((visibility("hidden"))) void hidden_one(ngx_link_func_ctx_t *ctx) { (void) ctx; }
__attribute__((used)) static void static_one(ngx_link_func_ctx_t *ctx) { (void) ctx; }
#ifdef EXTRA
EXTRA
#endif
#ifndef NO_INIT
void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) { (void) cycle; }
#endif
#ifndef NO_EXIT
void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) { (void) cycle; }
#endif
TEXT

# Builds lib$1.so with further flags.
library() { # NAME FLAG...
    name=$1
    shift
    cc -shared -fPIC -Wl,-z,relro,-z,now -I"$STAGE/include" -o "lib$name.so" "$work/app.c" "$@"
}

severities='
note: portability-3.2.4 partial-relro uses-malloc-note
warning: missing-init missing-exit executable-stack text-relocation not-owned-by-root no-relro blocking-import
'

# Each finding has the severity of its rule, error where no other is listed, and
# behind it a line with the remedy.
expect_shape() { # REPORT
    awk -v severities="$severities" '
        BEGIN {
            for (i = split(severities, line, "\n"); i > 0; i--)
                for (j = split(line[i], word, " "); j > 1; j--) severity[word[j]] = word[1]
        }
        NR % 2 {
            match($0, / (error|warning|note): [a-z0-9.-]+: /)
            split(substr($0, RSTART + 1, RLENGTH - 3), found, " ")
            wanted = found[2] in severity ? severity[found[2]] : "error:"
            wrong += found[1] != wanted
        }
        NR % 2 == 0 { wrong += !/^    [a-z]/ }
        END { exit wrong || NR % 2 }' "$1"
}

# The rules that were found, in order, each once.
rules() { # ARGUMENT...
    "$check" "$@" > report || :
    expect_shape report || echo shape
    sed -n 's/^[^ ].*: \(error\|warning\|note\): \([a-z0-9.-]*\): .*/\2/p' report | uniq | tr '\n' ' '
}

# The file must break just these rules.
expect_rules() { # "RULE RULE " ARGUMENT...
    wanted=$1
    shift
    found=$(rules "$@")
    [ "$found" = "$wanted" ] || {
        printf 'expected: %s\nfound: %s\n' "$wanted" "$found"
        cat report
        return 1
    }
}

(cd "$work" && library good)

a_good_library_is_clean() {
    expect_status 0 "$check" libgood.so
    test -z "$output"
    expect_status 0 "$check" --load --strict --function hello_json libgood.so
}

what_is_no_shared_library_is_refused() {
    echo text > text.so
    expect_rules 'not-elf ' text.so
    expect_rules 'unreadable ' none.so
    expect_rules 'unreadable ' .
    echo 'int main(void) { return 0; }' > program.c
    cc -pie -o program program.c
    expect_rules 'not-shared ' program
    cc -c -o object.o program.c
    expect_rules 'not-shared ' object.o
    cp libgood.so other.so
    printf '\267' | dd of=other.so bs=1 seek=18 conv=notrunc 2> /dev/null # EM_AARCH64
    expect_rules 'wrong-arch ' other.so
    head -c 100 libgood.so > short.so
    expect_rules 'not-elf ' short.so
}

missing_hooks_are_warnings() {
    library noinit -DNO_INIT
    expect_rules 'missing-init ' libnoinit.so
    library noexit -DNO_EXIT
    expect_rules 'missing-exit ' libnoexit.so
    expect_status 1 "$check" libnoexit.so
}

a_function_that_is_not_there_names_the_nearest() {
    expect_rules 'function-not-found ' --function helo_json libgood.so
    grep -q 'function "helo_json" not found in "libgood.so", did you mean "hello_json"?' report
    expect_rules 'function-not-found ' --function quite_another libgood.so
    expect_status 1 grep 'did you mean' report
    for name in hidden_one static_one; do
        expect_rules 'function-not-found ' --function "$name" libgood.so
        grep -q "function \"$name\" is static or hidden" report
    done
}

a_variable_is_no_function() {
    library data '-DEXTRA=int hello_jsom;'
    expect_rules 'function-not-found ' --function hello_jsom libdata.so
    grep -q 'function "hello_jsom" is a variable in "libdata.so"' report
    library statics '-DEXTRA=__attribute__((used)) static int hello_data;'
    expect_rules 'function-not-found ' --function hello_data libstatics.so
    grep -q 'function "hello_data" not found in "libstatics.so"' report
    echo 'int ngx_link_func_init_cycle, ngx_link_func_exit_cycle;' > hooks.c
    library hooks -DNO_INIT -DNO_EXIT hooks.c
    expect_rules 'missing-init missing-exit ' libhooks.so
    grep -q 'it exports ngx_link_func_init_cycle as a variable' report
    echo '.globl untyped; .text; untyped: ret; .section .note.GNU-stack' > untyped.s
    library untyped untyped.s
    expect_status 0 "$check" --function untyped libuntyped.so
}

every_call_of_a_configuration_is_checked() {
    mkdir parts
    cat > nginx.conf << 'TEXT'
# ngx_link_func_call in_a_comment;
http {
    server {
        ngx_link_func_lib /etc/nginx/libother.so;
        location / { ngx_link_func_call not_of_this_library; }
    }
    server {
        location / {
            ngx_link_func_call "hello_json";
            location /a { ngx_link_func_call helo_json; }
        }
        include parts/*.conf;
        ngx_link_func_lib /etc/nginx/libgood.so;
    }
}
TEXT
    printf 'location /b {\n  ngx_link_func_call hidden_one;\n}\n' > parts/b.conf
    expect_rules 'function-not-found ' --conf nginx.conf libgood.so
    grep -q '^nginx.conf:10: error: function-not-found: function "helo_json" not found in "libgood.so", did you' report
    grep -q '^./parts/b.conf:2: error: function-not-found: function "hidden_one" is static or hidden' report
    test "$(grep -c function-not-found report)" -eq 2
    sed -i '/helo_json/d; /include/d' nginx.conf
    expect_status 0 "$check" --conf nginx.conf libgood.so
}

what_a_server_would_include_is_checked_by_itself() {
    printf 'location /a { ngx_link_func_call hello_json; }\nlocation /b { ngx_link_func_call gone; }\n' > part.conf
    expect_rules 'function-not-found ' --conf part.conf libgood.so
    grep -q '^part.conf:2: .*"gone"' report
    echo 'ngx_link_func_lib libother.so;' >> part.conf
    expect_rules 'conf-without-calls ' --conf part.conf libgood.so
}

a_configuration_that_cannot_be_read_is_named() {
    expect_rules 'conf-unreadable ' --conf none.conf libgood.so
    grep -qx "none.conf: error: conf-unreadable: cannot read 'none.conf': No such file or directory" report
    mkdir conf.d
    expect_rules 'conf-unreadable ' --conf conf.d libgood.so
    grep -qx "conf.d: error: conf-unreadable: cannot read 'conf.d': Is a directory" report
    printf 'http {\n  include gone.conf;\n}\n' > includes.conf
    expect_rules 'conf-unreadable ' --conf includes.conf libgood.so
    grep -qx "includes.conf:2: error: conf-unreadable: cannot read './gone.conf': No such file or directory" report
    echo 'include self.conf;' > self.conf
    expect_rules 'conf-unreadable ' --conf self.conf libgood.so
    grep -q 'it includes itself' report
}

# Each is a line and what is wrong there.
a_configuration_that_is_broken_says_where() {
    echo '}' > part.conf
    while IFS='|' read -r text place problem; do
        printf '%b' "$text" > broken.conf
        expect_rules 'conf-syntax ' --conf broken.conf libgood.so
        grep -qxF "$place: error: conf-syntax: $problem" report
    done << 'ROWS'
http {\n server {|broken.conf:2|unexpected end of file, expecting "}"
http {\n}\n}|broken.conf:3|unexpected "}"
http { "open|broken.conf:1|unexpected end of file, expecting ";" or "}"
include part.conf;|./part.conf:1|unexpected "}"
server { location / {\n ngx_link_func_call a b;\n} }|broken.conf:2|invalid number of arguments in "ngx_link_func_call" directive
ROWS
}

code_of_lua_is_no_configuration() {
    cat > lua.conf << 'TEXT'
server {
    ngx_link_func_lib libgood.so;
    location /lua {
        content_by_lua_block {
            -- don't read } this
            local page = [[ ngx_link_func_call absent; } ]]
            ngx.say("it's { a brace", page)
        }
    }
    location /c { ngx_link_func_call gone; }
}
TEXT
    expect_rules 'function-not-found ' --conf lua.conf libgood.so
    grep -q '^lua.conf:10: .*"gone"' report
}

a_configuration_that_does_not_call_the_library_is_named() {
    echo 'http { server { ngx_link_func_lib other.so; } }' > other.conf
    expect_rules 'conf-without-calls ' --conf other.conf libgood.so
    grep -qx "other.conf: error: conf-without-calls: no server calls a function of 'libgood.so'" report
    expect_status 1 "$check" --json --conf other.conf libgood.so
    expect_text "$output" '{"findings": [{"rule": "conf-without-calls", "severity": "error", "place": "other.conf", '
    expect_status 0 "$check" --ignore conf-without-calls --conf other.conf libgood.so
}

calls_are_checked_in_the_order_of_the_file() {
    cat > order.conf << 'TEXT'
server {
    ngx_link_func_lib libgood.so;
    location /1 { ngx_link_func_call one; }
    location /2 { ngx_link_func_call two; }
}
server {
    ngx_link_func_lib libgood.so;
    location /3 { ngx_link_func_call three; }
}
TEXT
    expect_rules 'function-not-found ' --conf order.conf libgood.so
    [ "$(sed -n 's/^order.conf:\([0-9]*\): .*/\1/p' report | tr '\n' ' ')" = '3 4 8 ' ]
}

symbols_that_nobody_defines_are_found() {
    library undefined '-DEXTRA=void nobody(void); void f(void); void f(void) { nobody(); }'
    expect_rules 'undefined-symbol ' libundefined.so
    grep -q 'nobody defines nobody' report
    library weak '-DEXTRA=__attribute__((weak)) void nobody(void); int f(void); int f(void) { return nobody != 0; }'
    expect_rules '' libweak.so
    library math '-DEXTRA=double cos(double); double f(double x); double f(double x) { return cos(x); }' -fno-builtin
    expect_rules 'undefined-symbol ' libmath.so
    library math '-DEXTRA=double cos(double); double f(double x); double f(double x) { return cos(x); }' -fno-builtin -lm
    expect_rules '' libmath.so
}

symbols_of_nginx_itself_are_defined() {
    library nginx '-DEXTRA=extern int ngx_pid; int f(void); int f(void) { return ngx_pid; }'
    expect_rules '' libnginx.so
}

functions_of_a_newer_runtime_are_found() {
    library newer '-DEXTRA=void ngx_link_func_fly(void); void f(void); void f(void) { ngx_link_func_fly(); }'
    expect_rules 'needs-newer-runtime ' libnewer.so
    library compiled -DNGX_LINK_FUNC_API=36
    expect_rules 'needs-newer-runtime ' libcompiled.so
    grep -q 'it was compiled for version 36 of the API, this SDK has 35' report
}

functions_that_the_original_lacks_are_a_note() {
    library portable '-DEXTRA=void f(ngx_link_func_ctx_t *c); void f(ngx_link_func_ctx_t *c) { ngx_link_func_decline(c); }'
    expect_rules 'portability-3.2.4 ' libportable.so
    expect_status 0 "$check" libportable.so
    expect_status 1 "$check" --strict libportable.so
}

a_needed_library_that_is_missing_is_found() {
    echo 'int f(void) { return 0; }' > dep.c
    cc -shared -fPIC -o libdep.so dep.c
    library needs '-DEXTRA=int f(void); int g(void); int g(void) { return f(); }' -L. -ldep
    expect_rules 'needed-library-missing undefined-symbol ' libneeds.so
    # shellcheck disable=SC2016 # for the loader
    library needs '-DEXTRA=int f(void); int g(void); int g(void) { return f(); }' -L. -ldep '-Wl,-rpath,$ORIGIN'
    expect_rules '' libneeds.so
}

sanitizers_are_found() {
    library gcc-asan -fsanitize=address
    expect_text "$(rules libgcc-asan.so)" 'sanitizer-linked '
    library gcc-ubsan -fsanitize=undefined -static-libubsan '-DEXTRA=int f(int a); int f(int a) { return a + 1; }'
    expect_text "$(rules libgcc-ubsan.so)" 'sanitizer-linked '
    strip libgcc-ubsan.so
    expect_text "$(rules libgcc-ubsan.so)" 'sanitizer-linked '
    grep -q 'it is instrumented: it [a-z]* __ubsan_handle_' report
    clang -shared -fPIC -Wl,-z,relro,-z,now -fsanitize=thread -I"$STAGE/include" -o libclang-tsan.so app.c
    expect_text "$(rules libclang-tsan.so)" 'sanitizer-linked '
}

dangerous_linking_is_found() {
    library stack -Wl,-z,execstack
    expect_rules 'executable-stack ' libstack.so
    library norelro -Wl,-z,norelro
    expect_rules 'no-relro ' libnorelro.so
    library lazy -Wl,-z,lazy '-DEXTRA=int g(void); int f(void); int g(void) { return 0; } int f(void) { return g(); }'
    expect_rules 'partial-relro ' liblazy.so
    expect_status 0 "$check" liblazy.so
    echo 'extern int there; int *where = &there; int there; int f(void) { return there; }' > text.c
    cc -shared -fno-pic -mcmodel=large -Wl,-z,notext,-z,relro -o libtext.so text.c
    expect_text "$(rules libtext.so)" 'text-relocation '
    mkdir -m 777 anybody
    for folder in lib . '' /tmp/none "$PWD/anybody"; do
        library rpath "-Wl,-rpath,$folder:/usr/lib"
        expect_rules 'insecure-rpath ' librpath.so
    done
    library rpath -Wl,-rpath,/usr/lib/private
    expect_rules '' librpath.so
}

files_that_others_may_change_are_found() {
    cp libgood.so libopen.so
    chmod 757 libopen.so
    expect_rules 'writable-by-others ' libopen.so
    chmod 775 libopen.so
    expect_rules 'writable-by-others ' libopen.so
    mkdir folder
    cp libgood.so folder
    chmod 777 folder
    expect_rules 'writable-by-others ' folder/libgood.so
    chmod 1777 folder
    expect_rules '' folder/libgood.so
}

the_owner_counts_where_libraries_are_deployed() {
    [ "$(id -u)" -eq 0 ] || return 0
    place=$(mktemp -d /opt/linkfunc-check.XXXXXX)
    chmod 755 "$place"
    cp libgood.so "$place"
    expect_rules '' "$place/libgood.so"
    chown 12345 "$place/libgood.so"
    found=$(rules "$place/libgood.so")
    rm -r "$place"
    [ "$found" = 'not-owned-by-root ' ]
    chown 12345 libgood.so
    expect_rules '' libgood.so
    chown 0 libgood.so
}

# A library that imports them all, and does nothing else.
importing() { # NAME FUNCTION...
    library_name=$1
    shift
    for function in "$@"; do
        echo "extern char ${function}[]; char *use_$function = $function;"
    done > imports.c
    cc -c -fPIC -w -o imports.o imports.c
    library "$library_name" imports.o -lstdc++
}

blocking='
sleep usleep nanosleep clock_nanosleep pause system popen connect accept accept4 recv recvfrom
recvmsg __recv_chk __recvfrom_chk select pselect poll ppoll __poll_chk __ppoll_chk epoll_wait
epoll_pwait fsync fdatasync sync flock lockf wait wait3 wait4 waitid waitpid getaddrinfo getnameinfo
gethostbyaddr gethostbyname sigsuspend sigtimedwait sigwait sigwaitinfo sem_timedwait sem_wait
pthread_cond_timedwait pthread_cond_wait pthread_join
'

each_import_that_blocks_is_said() {
    # shellcheck disable=SC2086 # words
    importing blocks $blocking
    expect_rules 'blocking-import ' libblocks.so
    # shellcheck disable=SC2086 # words
    printf 'libblocks.so: warning: blocking-import: it imports %s(), which can block the worker\n' $blocking \
        | sort > expected
    grep -v '^ ' report | sort | diff expected -
}

each_import_that_allocates_is_said() {
    allocators='malloc calloc realloc strdup strndup _Znwm _Znam'
    # shellcheck disable=SC2086 # words
    importing mallocs $allocators
    expect_rules 'uses-malloc-note ' libmallocs.so
    # shellcheck disable=SC2086 # words
    printf 'libmallocs.so: note: uses-malloc-note: it imports %s()\n' $allocators | sort > expected
    grep -v '^ ' report | sort | diff expected -
    expect_status 0 "$check" libmallocs.so
}

constructors_run_only_on_demand() {
    library crash '-DEXTRA=__attribute__((constructor)) static void f(void) { __builtin_trap(); }'
    expect_rules '' libcrash.so
    expect_rules 'load-failed ' --load libcrash.so
    grep -q 'a constructor of it crashed (signal ' report
}

a_constructor_that_ends_the_process_fails() {
    for code in 0 3; do
        library ends "-DEXTRA=void _exit(int); __attribute__((constructor)) static void f(void) { _exit($code); }"
        expect_rules 'load-failed ' --load libends.so
        grep -q "a constructor of it ends the process with code $code" report
    done
    (trap '' CHLD && expect_rules 'load-failed ' --load libends.so)
    grep -q 'a constructor of it ends the process with code 3' report
}

a_constructor_that_does_not_return_fails() {
    library hangs '-DEXTRA=int pause(void); __attribute__((constructor)) static void f(void) { for (;;) pause(); }'
    expect_rules 'blocking-import load-failed ' --load libhangs.so
    grep -q '^libhangs.so: error: load-failed: a constructor of it did not return in time (10 s)$' report
}

a_constructor_may_close_descriptors() {
    library closes '-DEXTRA=void closefrom(int); __attribute__((constructor)) static void f(void) { closefrom(3); }'
    expect_rules '' --load libcloses.so
}

what_cannot_be_opened_says_why() {
    library undefined '-DEXTRA=void nobody(void); void f(void); void f(void) { nobody(); }'
    expect_rules 'undefined-symbol load-failed ' --load libundefined.so
    grep -q 'load-failed: .*libundefined.so: undefined symbol: nobody' report
}

what_constructors_print_is_no_finding() {
    library chatty '-DEXTRA=int puts(const char *); __attribute__((constructor)) static void f(void) { puts("hello"); }'
    "$check" --load --json libchatty.so > out 2> err
    [ "$(cat out)" = '{"findings": []}' ]
    grep -qx hello err
}

rules_can_be_left_out() {
    library noinit -DNO_INIT
    expect_status 0 "$check" --ignore missing-init libnoinit.so
    expect_status 2 "$check" --ignore none libnoinit.so
    expect_text "$output" "linkfunc-check: there is no rule 'none'"
}

findings_are_printed_as_json() {
    library noinit -DNO_INIT
    expect_status 1 "$check" --json libnoinit.so
    expect_text "$output" '{"findings": [{"rule": "missing-init", "severity": "warning", "place": "libnoinit.so", "text": '
    expect_text "$output" ', "remedy": "export void ngx_link_func_init_cycle(ngx_link_func_cycle_t *)"}'
    "$check" --json "$(printf 'a\377b\303\251\342\202\254\355\240\200\300\257')" > report || :
    expect_text "$(cat report)" "\"place\": \"a\\ufffdb$(printf '\303\251\342\202\254')\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\""
    expect_status 0 "$check" --json libgood.so
    expect_text "$output" '{"findings": []}'
}

the_runtime_is_the_one_of_the_header() {
    cc -E -P "$STAGE/include/ngx_link_func_module.h" | grep -oE '\bngx_link_func_[a-z0-9_]*[a-z0-9] *\(' | tr -d ' (' \
        | grep -vE '_(init|exit)_cycle$' | sort -u | while read -r function; do
        printf 'void %s(void); void %s_call(void); void %s_call(void) { %s(); }\n' \
            "$function" "$function" "$function" "$function"
    done > all.c
    test "$(wc -l < all.c)" -gt 50
    cc -shared -fPIC -fno-builtin -o liball.so all.c
    expect_status 1 grep needs-newer-runtime "$(rules liball.so > /dev/null && echo report)"
}

a_library_is_checked_as_what_it_will_be() {
    mkdir -m 755 staged
    cp libgood.so staged/.new
    chmod 666 staged/.new
    expect_rules 'writable-by-others ' staged/.new
    echo 'server { ngx_link_func_lib lib/app.so; location / { ngx_link_func_call absent; } }' > staged.conf
    expect_rules 'function-not-found ' --as staged/app.so --conf staged.conf staged/.new
    expect_text "$(cat report)" 'staged.conf:1: error: function-not-found: function "absent" not found in "staged/app.so"'
    expect_status 2 "$check" --as '' staged/.new
    expect_text "$output" "linkfunc-check: '' is not a path: expected that of the library where it will be"
    expect_status 1 "$check" --as staged/other.so --conf staged.conf staged/.new
    expect_text "$output" "no server calls a function of 'staged/other.so'"
    chmod 777 staged
    expect_rules 'writable-by-others ' --as staged/app.so staged/.new
    expect_text "$(cat report)" 'staged/app.so: error: writable-by-others: mode 0777 of its folder'
}

tap_run \
    a_good_library_is_clean \
    what_is_no_shared_library_is_refused \
    missing_hooks_are_warnings \
    a_function_that_is_not_there_names_the_nearest \
    a_variable_is_no_function \
    every_call_of_a_configuration_is_checked \
    what_a_server_would_include_is_checked_by_itself \
    a_configuration_that_cannot_be_read_is_named \
    a_configuration_that_is_broken_says_where \
    code_of_lua_is_no_configuration \
    a_configuration_that_does_not_call_the_library_is_named \
    calls_are_checked_in_the_order_of_the_file \
    symbols_that_nobody_defines_are_found \
    symbols_of_nginx_itself_are_defined \
    functions_of_a_newer_runtime_are_found \
    functions_that_the_original_lacks_are_a_note \
    a_needed_library_that_is_missing_is_found \
    sanitizers_are_found \
    dangerous_linking_is_found \
    files_that_others_may_change_are_found \
    the_owner_counts_where_libraries_are_deployed \
    each_import_that_blocks_is_said \
    each_import_that_allocates_is_said \
    constructors_run_only_on_demand \
    a_constructor_that_ends_the_process_fails \
    a_constructor_that_does_not_return_fails \
    a_constructor_may_close_descriptors \
    what_cannot_be_opened_says_why \
    what_constructors_print_is_no_finding \
    rules_can_be_left_out \
    findings_are_printed_as_json \
    the_runtime_is_the_one_of_the_header \
    a_library_is_checked_as_what_it_will_be
