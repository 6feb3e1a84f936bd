#!/bin/sh
# linkfunc-call: curl for a handler.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

call=$STAGE/bin/linkfunc-call

# The line numbers of this file are part of the tests.
cat > "$work/app.c" << 'TEXT'
#include <ngx_link_func_module.h>
#include <string.h>

void echo(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_str_t method, addr;
    ngx_link_func_get_method(ctx, &method);
    ngx_link_func_get_remote_addr(ctx, &addr);
    char *host = (char *) ngx_link_func_get_header(ctx, "Host", 4);
    char *type = (char *) ngx_link_func_get_header(ctx, "Content-Type", 12);
    char *prop = (char *) ngx_link_func_get_prop(ctx, "who", 3);
    char *text = ngx_link_func_pcalloc(ctx, 1000);
    snprintf(text, 1000, "%s %s %s %s %s %s %s\n", (char *) method.data, host, (char *) addr.data,
             ctx->req_args ? ctx->req_args : "-", type ? type : "-", prop ? prop : "-",
             ctx->req_body ? (char *) ctx->req_body : "-");
    ngx_link_func_add_header_out(ctx, "X-Echo", 6, "yes", 3);
    ngx_link_func_write_resp(ctx, 201, NULL, "text/plain", text, strlen(text));
}

void ok(ngx_link_func_ctx_t *ctx) { ngx_link_func_write_resp(ctx, 200, NULL, NULL, NULL, 0); }

void body(ngx_link_func_ctx_t *ctx) { ngx_link_func_write_resp(ctx, 200, NULL, NULL, ctx->req_body, ctx->req_body_len); }

void forget(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_log_warn(ctx, "about to forget");
    ngx_link_func_log_debug(ctx, "really");
    (void) ctx;
}

void count(ngx_link_func_ctx_t *ctx) {
    int64_t n = -1;
    ngx_link_func_dict_incr(ctx->shared_mem, "n", 1, 1, 0, 0, &n);
    ngx_link_func_log(info, ctx, "%ld", (long) n);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, NULL, 0);
}

void seen(ngx_link_func_ctx_t *ctx) {
    FILE *calls = fopen("calls", "a");
    fputs("one\n", calls);
    fclose(calls);
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, NULL, 0);
}

void names(ngx_link_func_ctx_t *ctx) {
    char *empty = (char *) ngx_link_func_get_header(ctx, "X-Empty", 7);
    char *type = (char *) ngx_link_func_get_header(ctx, "Content-Type", 12);
    char text[64];
    snprintf(text, sizeof(text), "%s %s", empty ? "empty" : "none", type ? type : "none");
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, text, strlen(text));
}

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) { (void) cycle; }
void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) { (void) cycle; }
TEXT
(cd "$work" && cc -g -shared -fPIC -I"$STAGE/include" -o app.so app.c)

# What ends the process that it runs in; with PLACE also at other times.
cat > "$work/deadly.c" << 'TEXT'
#define _GNU_SOURCE
#include <ngx_link_func_module.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void seg(ngx_link_func_ctx_t *ctx) { (void) ctx; raise(SIGSEGV); }
void log_and_seg(ngx_link_func_ctx_t *ctx) { ngx_link_func_log_warn(ctx, "last words"); raise(SIGSEGV); }
void quit(ngx_link_func_ctx_t *ctx) { (void) ctx; exit(0); }
void quit7(ngx_link_func_ctx_t *ctx) { (void) ctx; _exit(7); }
void fine(ngx_link_func_ctx_t *ctx) { ngx_link_func_write_resp(ctx, 200, NULL, NULL, "fine\n", 5); }

void later(ngx_link_func_ctx_t *ctx) {
    if (ctx->req_args != NULL) {
        abort();
    }
    fine(ctx);
}

void pipe_is_gone(ngx_link_func_ctx_t *ctx) {
    int ends[2];
    if (pipe(ends) == 0 && close(ends[0]) == 0 && write(ends[1], "x", 1) == -1) {
        fine(ctx);
    }
}

void hang(ngx_link_func_ctx_t *ctx) {
    (void) ctx;
    for (ssize_t done = write(1, "here", 4); done; ) {
        pause();
    }
}

void overflow(ngx_link_func_ctx_t *ctx) {
    volatile char *block = malloc(8);
    block[8] = 1;
    fine(ctx);
}

void close_others(ngx_link_func_ctx_t *ctx) { closefrom(3); fine(ctx); }
void close_all(ngx_link_func_ctx_t *ctx) { closefrom(0); fine(ctx); }
void close_and_quit(ngx_link_func_ctx_t *ctx) { (void) ctx; closefrom(0); _exit(7); }

static void end_in(const char *place) {
    if (strcmp(getenv("PLACE") ? getenv("PLACE") : "", place) == 0) {
        _exit(0);
    }
}
__attribute__((constructor)) static void construct(void) { end_in("constructor"); }
__attribute__((destructor)) static void destruct(void) { end_in("destructor"); }
void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) { (void) cycle; end_in("init"); }
void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) { (void) cycle; end_in("exit"); }
TEXT
(cd "$work" && cc -g -shared -fPIC -I"$STAGE/include" -o deadly.so deadly.c)

it_prints_the_body_alone() {
    test "$("$call" app.so echo)" = "GET localhost 127.0.0.1 - - - -"
}

it_prints_what_curl_prints_with_include() {
    "$call" app.so echo '/a?b=1' --include > out
    printf 'HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nContent-Length: 36\r\nX-Echo: yes\r\n\r\n%s\n' \
        'GET localhost 127.0.0.1 b=1 - - -' > expected
    sed -i "s/36/$(tail -n 1 out | wc -c)/" expected
    diff expected out
}

it_sends_what_the_options_say() {
    test "$("$call" ./app.so echo 'http://shop/x?q' -X PUT -H 'Content-Type: text/css' -d hello \
        --remote-addr 10.0.0.9 --prop who=me)" = "PUT shop 10.0.0.9 q text/css me hello"
}

it_posts_data_from_a_file_and_from_standard_input() {
    printf 'from file' > body
    test "$("$call" app.so echo -d @body)" \
        = "POST localhost 127.0.0.1 - application/x-www-form-urlencoded - from file"
    test "$(printf 'from pipe' | "$call" app.so echo --data=@-)" \
        = "POST localhost 127.0.0.1 - application/x-www-form-urlencoded - from pipe"
}

# As curl does, which strips what a form cannot have.
line_ends_of_a_file_are_dropped_from_data_and_kept_in_binary_data() {
    printf 'a\r\nb\0c\n\n' > lines
    printf 'abc' > stripped
    "$call" app.so body -d @lines | cmp - stripped
    "$call" app.so body --data @- < lines > sent
    cmp sent stripped
    "$call" app.so body --data-binary @lines | cmp - lines
    "$call" app.so body --data-binary=@- < lines > sent
    cmp sent lines
    test "$("$call" app.so body -d @lines --data-binary x=1 -d y -d 'a
b')" = 'abc&x=1&y&a
b'
    printf '\n' > blank
    expect_text "$("$call" app.so echo -d @blank)" 'POST localhost '
    : > nothing
    expect_text "$("$call" app.so echo --data-binary @nothing)" 'POST localhost '
}

it_shows_log_lines_from_the_level_on() {
    "$call" app.so forget 2> log
    test "$(cat log)" = "[warn] about to forget"
    "$call" app.so forget --log-level debug 2> log
    test "$(wc -l < log)" -eq 2
    "$call" app.so forget --log-level error 2> log
    test ! -s log
}

it_calls_as_often_as_it_is_told_in_one_worker() {
    "$call" app.so count --shm-size 64k --repeat 3 2> log
    printf '[info] 1\n[info] 2\n[info] 3\n' | diff - log
}

it_prints_findings_and_fails() {
    expect_status 1 "$call" app.so forget --findings
    expect_text "$output" \
        "finding: response-missing: forget: app.c:23: it returned without a response: the client gets 200"
    expect_status 0 "$call" app.so echo --findings
}

it_prints_findings_as_json() {
    expect_status 1 "$call" app.so forget --json --log-level error
    expect_text "$output" '{"findings": [{"code": "response-missing", "function": "forget", "site": "app.c:23", '
    expect_status 0 "$call" app.so echo --json
    expect_text "$output" '{"findings": []}'
}

it_answers_without_findings_when_nobody_asked() {
    expect_status 0 "$call" app.so forget
}

cat > "$work/nginx.conf" << 'TEXT'
events { }
http {
    ngx_link_func_shm_size 64k;
    server {
        listen 8080;
        ngx_link_func_lib libnone.so;
        ngx_link_func_add_prop who conf;
        location = /count { ngx_link_func_call count; }
        location /echo { ngx_link_func_call echo; }
        location /gated { ngx_link_func_call echo; proxy_pass http://127.0.0.1:1; }
        location /open { ngx_link_func_call ok; proxy_pass http://127.0.0.1:1; }
    }
}
TEXT

a_configuration_chooses_the_function() {
    test "$("$call" app.so --conf nginx.conf '/echo/more?x=1')" = "GET localhost 127.0.0.1 x=1 - conf -"
    "$call" app.so --conf nginx.conf /nothing -i > out
    grep -q '^HTTP/1.1 404 Not Found' out
    expect_status 1 "$call" app.so --conf none.conf /
    expect_text "$output" 'linkfunc-call: '
    expect_text "$output" 'none.conf'
    sed 's/call count/call missing/' nginx.conf > wrong.conf
    expect_status 1 "$call" app.so --conf wrong.conf /
    expect_text "$output" 'function "missing" not found in "libnone.so" in wrong.conf:8'
}

an_open_gate_is_said() {
    expect_status 0 "$call" app.so --conf nginx.conf /open
    expect_text "$output" 'the gate is open'
}

it_replays_requests_of_a_file() {
    printf 'GET /echo?1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo?2 HTTP/1.1\r\nHost: b\r\nContent-Length: 2\r\n\r\nhi' > two.http
    printf 'GET a 127.0.0.1 1 - conf -\nPOST b 127.0.0.1 2 - conf hi\n' > expected
    "$call" app.so --conf nginx.conf --replay two.http | diff expected -
    "$call" app.so echo --replay two.http | sed 's/ - - / - conf /; s/2 - - hi/2 - conf hi/' | diff expected -
    echo nonsense > bad.http
    expect_status 1 "$call" app.so echo --replay bad.http
    expect_text "$output" 'bad.http:1'
}

a_replay_without_requests_is_an_error() {
    : > empty.http
    printf '\r\n' > blank.http
    for file in empty.http blank.http; do
        expect_status 1 "$call" app.so echo --replay "$file"
        [ "$output" = "linkfunc-call: $file: has no request: expected one as HTTP/1.1 writes it at least" ]
    done
    echo '{"log": {"entries": []}}' > empty.har
    expect_status 1 "$call" app.so echo --replay empty.har
    [ "$output" = 'linkfunc-call: empty.har: has no request: expected one in log.entries at least' ]
}

options_that_a_replay_or_a_bench_would_drop_are_misuse() {
    printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' > one.http
    for row in --request=PUT --header=a:b --data=x --remote-addr=::1 --repeat=2 --bench; do
        expect_status 2 "$call" app.so echo --replay one.http "$row"
        expect_text "$output" "linkfunc-call: ${row%%=*} makes no sense with --replay: the requests are those of the file"
    done
    expect_status 2 "$call" app.so echo / --replay one.http
    expect_text "$output" 'linkfunc-call: a URL makes no sense with --replay'
    expect_status 2 "$call" app.so echo --bench -i
    expect_text "$output" 'linkfunc-call: --include makes no sense with --bench: no response is printed'
    expect_status 0 "$call" app.so echo --replay one.http -i --prop a=b --shm-size 64k --findings --log-level debug
}

it_replays_what_a_browser_has_recorded() {
    cat > two.har << 'HAR'
{"log": {"version": "1.2", "entries": [
  {"request": {"method": "GET", "url": "https://shop.example/echo?a=1", "headers": [
    {"name": ":authority", "value": "shop.example"}, {"name": "Content-Type", "value": "x/y"}]}},
  {"request": {"method": "POST", "url": "http://shop/echo", "headers": [{"name": "content-length", "value": "99"}],
    "postData": {"mimeType": "text/plain", "text": "hello"}}}
]}}
HAR
    printf 'GET shop.example 127.0.0.1 a=1 x/y - -\nPOST shop 127.0.0.1 - text/plain - hello\n' > expected
    "$call" app.so echo --replay two.har | diff expected -
    echo '{"log": ' > bad.har
    expect_status 1 "$call" app.so echo --replay bad.har
    expect_text "$output" 'linkfunc-call: bad.har:'
    echo '{}' > bad.har
    expect_status 1 "$call" app.so echo --replay bad.har
    expect_text "$output" 'bad.har: is no HAR file: expected an array log.entries'
    echo '{"log": {"entries": [{}]}}' > bad.har
    expect_status 1 "$call" app.so echo --replay bad.har
    expect_text "$output" 'bad.har: entry 1: expected a request with a method and a URL'
}

# A HAR file whose second entry has this postData.
har_with_data() { # JSON
    printf '%s' '{"log": {"entries": [{"request": {"method": "GET", "url": "/"}}, {"request": {"method": "POST",
        "url": "http://shop/echo", "headers": [], "postData": '"$1"'}}]}}' > data.har
}

the_fields_of_a_recorded_form_are_its_body() {
    har_with_data '{"mimeType": "application/x-www-form-urlencoded; charset=UTF-8", "params": [
        {"name": "a b", "value": "c&d=e"}, {"name": "\u00fc", "value": "%"}, {"name": "empty"}]}'
    test "$("$call" app.so echo --replay data.har | tail -n 1)" \
        = "POST shop 127.0.0.1 - application/x-www-form-urlencoded - a+b=c%26d%3De&%C3%BC=%25&empty="
    har_with_data '{"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a", "value": "b"}], "text": "x=y"}'
    test "$("$call" app.so echo --replay data.har | tail -n 1)" = "POST shop 127.0.0.1 - application/x-www-form-urlencoded - x=y"
    har_with_data '{"mimeType": "application/json", "text": "{}"}'
    test "$("$call" app.so echo --replay data.har | tail -n 1)" = "POST shop 127.0.0.1 - application/json - {}"
}

a_recorded_form_that_cannot_be_sent_is_named() {
    har_with_data '{"mimeType": "multipart/form-data; boundary=x", "params": [{"name": "a", "value": "b"}]}'
    expect_status 1 "$call" app.so ok --replay data.har
    [ "$output" = "linkfunc-call: data.har: entry 2: postData.params of type 'multipart/form-data; boundary=x' make no body: expected postData.text" ]
    for param in '{"name": "a", "fileName": "b.txt"}' '{"value": "b"}' 7; do
        har_with_data '{"params": [{"name": "a", "value": "b"}, '"$param"']}'
        expect_status 1 "$call" app.so ok --replay data.har
        [ "$output" = 'linkfunc-call: data.har: entry 2: postData.params[1] is no field of a form: expected a name and a value' ]
    done
}

what_nginx_would_refuse_of_a_recorded_request_is_named() {
    echo '{"log": {"entries": [{"request": {"method": "GET", "url": "/"}},
        {"request": {"method": "CONNECT", "url": "/"}}]}}' > refused.har
    expect_status 1 "$call" app.so ok --replay refused.har
    [ "$output" = 'linkfunc-call: refused.har: entry 2: method "CONNECT": NGINX answers 405 itself' ]
}

a_function_that_ends_the_process_is_named() {
    expect_status 1 "$call" ./deadly.so seg
    [ "$output" = "linkfunc-call: function \"seg\" of './deadly.so' crashed (signal 11)" ]
    expect_status 1 "$call" ./deadly.so quit
    [ "$output" = "linkfunc-call: function \"quit\" of './deadly.so' exited with code 0" ]
    expect_status 1 "$call" ./deadly.so quit7 --bench
    [ "$output" = "linkfunc-call: function \"quit7\" of './deadly.so' exited with code 7" ]
    echo 'events {} http { server { ngx_link_func_lib x.so; location / { ngx_link_func_call quit; } } }' > deadly.conf
    expect_status 1 "$call" ./deadly.so --conf deadly.conf /
    [ "$output" = "linkfunc-call: a function of './deadly.so' exited with code 0" ]
}

what_else_of_a_library_ends_the_process_is_named() {
    for row in 'constructor:a constructor' 'init:ngx_link_func_init_cycle()' 'exit:ngx_link_func_exit_cycle()'; do
        expect_status 1 env PLACE="${row%%:*}" "$call" ./deadly.so fine
        expect_text "$output" "linkfunc-call: ${row#*:} of './deadly.so' exited with code 0"
    done
    expect_status 1 env PLACE=destructor "$call" ./deadly.so none
    expect_text "$output" "linkfunc-call: a destructor of './deadly.so' exited with code 0"
}

# As code does that means to become a daemon.
a_function_that_closes_descriptors_is_no_crash() {
    [ "$("$call" ./deadly.so close_others)" = fine ]
    expect_status 1 "$call" ./deadly.so close_all
    [ "$output" = "linkfunc-call: function \"close_all\" of './deadly.so' closed standard output or standard error" ]
    expect_status 1 "$call" ./deadly.so close_and_quit
    [ "$output" = "linkfunc-call: function \"close_and_quit\" of './deadly.so' exited with code 7" ]
    expect_status 0 "$call" ./deadly.so fine 2>&-
}

log_lines_before_a_crash_are_printed() {
    expect_status 1 "$call" ./deadly.so log_and_seg
    [ "$output" = "[warn] last words
linkfunc-call: function \"log_and_seg\" of './deadly.so' crashed (signal 11)" ]
    expect_status 1 "$call" ./deadly.so log_and_seg --log-level error
    [ "$output" = "linkfunc-call: function \"log_and_seg\" of './deadly.so' crashed (signal 11)" ]
    expect_status 1 "$call" ./deadly.so log_and_seg --bench
    [ "$output" = "linkfunc-call: function \"log_and_seg\" of './deadly.so' crashed (signal 11)" ]
}

responses_before_a_crash_are_printed() {
    printf 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2?crash HTTP/1.1\r\nHost: b\r\n\r\n' > crash.http
    expect_status 1 "$call" ./deadly.so later --replay crash.http
    [ "$output" = "fine
linkfunc-call: function \"later\" of './deadly.so' crashed (signal 6)" ]
}

a_connection_that_is_gone_is_no_signal() {
    [ "$("$call" ./deadly.so pipe_is_gone)" = fine ]
    # shellcheck disable=SC2016 # for the shell within
    expect_status 1 sh -c '"$1" ./deadly.so fine > /dev/full' sh "$call"
    [ "$output" = 'linkfunc-call: cannot write to standard output' ]
}

# As a debugger wants it.
without_a_process_of_its_own_the_function_ends_the_tool() {
    [ "$("$call" --no-fork ./deadly.so fine)" = fine ]
    expect_status 7 "$call" --no-fork ./deadly.so quit7
    expect_status 0 "$call" --no-fork ./deadly.so quit
}

a_report_of_a_sanitizer_reaches_standard_error() {
    cc -g -shared -fPIC -fsanitize=address -I"$STAGE/include" -o asan.so deadly.c
    expect_status 1 env LD_PRELOAD="$(cc -print-file-name=libasan.so)" ASAN_OPTIONS=detect_leaks=0 \
        "$call" ./asan.so overflow
    expect_text "$output" 'ERROR: AddressSanitizer: heap-buffer-overflow'
    expect_text "$output" 'in overflow'
    expect_text "$output" "linkfunc-call: function \"overflow\" of './asan.so' exited with code 1"
}

# As what started the tool may do, and exec hands it on.
it_learns_of_an_end_where_ends_are_ignored() {
    (trap '' CHLD && [ "$("$call" ./deadly.so fine)" = fine ])
    (trap '' CHLD && expect_status 1 "$call" ./deadly.so quit7 \
        && [ "$output" = "linkfunc-call: function \"quit7\" of './deadly.so' exited with code 7" ])
}

the_fragment_of_a_url_is_not_sent() {
    [ "$("$call" app.so echo 'http://host#part')" = "$("$call" app.so echo http://host)" ]
    [ "$("$call" app.so echo '/x?a=1#part')" = "$("$call" app.so echo '/x?a=1')" ]
}

# The one that waits, and the one that calls.
nobody_is_left_when_the_tool_is_ended() {
    "$call" ./deadly.so hang > hung 2> /dev/null &
    tool=$!
    wait_until grep -q here hung
    child=$(cat "/proc/$tool/task/$tool/children")
    kill "$tool"
    wait "$tool" || :
    # shellcheck disable=SC2016 # for the shell that tests
    wait_until sh -c '! kill -0 $1' sh "${child% }" 2> /dev/null
}

it_tells_what_a_call_costs() {
    "$call" app.so echo --bench > cost
    grep -qE '^[1-9][0-9]* calls per second, [1-9][0-9]* ns per call, [5-9]\.0 allocations per call$' cost
}

a_bench_calls_as_often_as_it_is_told() {
    expect_status 0 "$call" app.so count --bench --repeat 250 --shm-size 64k
    expect_text "$output" ' calls per second, '
    expect_status 0 "$call" app.so seen --bench --repeat 250
    [ "$(wc -l < calls)" -eq 251 ] # and once before it counts
}

# Once, though each of the calls has it.
a_bench_reports_what_was_found_in_it() {
    expect_status 1 "$call" app.so forget --bench --findings
    test "$(echo "$output" | grep -c '^finding: response-missing: forget: app.c:23: ')" -eq 1
    expect_text "$output" ' calls per second, '
    expect_status 1 "$call" app.so forget --bench --json
    expect_text "$output" '{"findings": [{"code": "response-missing", '
    expect_status 0 "$call" app.so echo --bench --findings
}

it_names_what_it_cannot_do() {
    expect_status 1 "$call" none.so echo
    expect_text "$output" 'linkfunc-call: dlopen() "none.so" failed'
    expect_status 1 "$call" app.so none
    expect_text "$output" 'linkfunc-call: function "none" not found in "app.so"'
    expect_status 1 "$call" app.so echo -d @none
    expect_text "$output" "linkfunc-call: cannot read 'none': No such file or directory"
}

a_function_that_is_not_there_names_the_nearest() {
    expect_status 1 "$call" app.so forgot
    [ "$output" = 'linkfunc-call: function "forgot" not found in "app.so", did you mean "forget"?' ]
    expect_status 1 "$call" app.so quite_another
    [ "$output" = 'linkfunc-call: function "quite_another" not found in "app.so"' ]
}

# As for NGINX, whose dlsym() looks there too.
a_function_of_a_needed_library_is_called() {
    echo 'int nothing;' > empty.c
    cc -shared -fPIC -Wl,--no-as-needed -o over.so empty.c ./app.so -Wl,-rpath,"$PWD"
    test "$("$call" over.so echo)" = "GET localhost 127.0.0.1 - - - -"
}

data_that_is_given_twice_is_joined_as_curl_does() {
    printf 'from file' > body
    test "$("$call" app.so echo -d a=1 -d @body -d '' -d c)" \
        = "POST localhost 127.0.0.1 - application/x-www-form-urlencoded - a=1&from file&&c"
    expect_text "$("$call" app.so echo -d '')" 'POST localhost '
}

headers_are_left_out_and_empty_as_curl_has_them() {
    test "$("$call" app.so names -d x -H Content-Type: -H 'X-Empty;')" = 'empty none'
    test "$("$call" app.so names -d x -H X-Empty:)" = 'none application/x-www-form-urlencoded'
    expect_status 2 "$call" app.so names -H Host:
}

letters_may_stand_in_one_word() {
    "$call" app.so echo -id x > joined
    "$call" app.so echo -i -d x | diff joined -
    "$call" app.so echo -iXPOST -d x | diff joined -
    expect_status 2 "$call" app.so echo -ij
    expect_text "$output" "linkfunc-call: unknown option '-ij'"
}

it_asks_for_the_headers_alone() {
    "$call" app.so echo -I > headers
    "$call" app.so echo -i -X HEAD | diff headers -
    grep -q '^X-Echo: yes' headers
    test "$("$call" app.so echo -IX OPTIONS | head -n 1)" = "$(printf 'HTTP/1.1 201 Created\r')"
}

it_refuses_misuse_with_a_hint() {
    expect_status 2 "$call"
    expect_text "$output" "linkfunc-call: expected LIB.so [FUNCTION] [URL]"
    expect_status 2 "$call" app.so
    expect_text "$output" "linkfunc-call: expected FUNCTION, or --conf"
    expect_status 2 "$call" app.so --conf nginx.conf / more
    expect_text "$output" "linkfunc-call: unexpected argument 'more'"
    expect_text "$output" "Try 'linkfunc-call --help'."
    for word in --none --repeat=0 --repeat=99999999999999999999 --prop=none --log-level=loud --include=1 --help=1 \
        -hx --version=1 -Vx; do
        expect_status 2 "$call" app.so echo "$word"
    done
    expect_status 2 "$call" app.so echo -X
    expect_text "$output" "linkfunc-call: --request needs a value"
}

values_that_no_request_can_have_are_misuse() {
    expect_status 2 "$call" app.so echo ftp://x
    expect_text "$output" "linkfunc-call: 'ftp://x' is not a URL: expected /PATH or http://HOST/PATH"
    expect_status 2 "$call" app.so echo http://user:password@x/
    expect_text "$output" "linkfunc-call: 'http://user:password@x/' is not a URL: expected /PATH or http://HOST/PATH"
    expect_status 2 "$call" app.so echo '/a b'
    expect_text "$output" 'linkfunc-call: malformed target "/a b": NGINX answers 400 to a space or control character'
    expect_status 2 "$call" app.so echo -H none
    expect_text "$output" "linkfunc-call: 'none' is not a header: expected 'Name: value'"
    expect_status 2 "$call" app.so echo -X 'G ET'
    expect_text "$output" 'linkfunc-call: method "G ET": NGINX answers 400 to it'
    expect_status 2 "$call" app.so echo --remote-addr nonsense
    expect_text "$output" "linkfunc-call: 'nonsense' is not an address: expected one of IPv4 or IPv6, or unix:"
    for address in 10.0.0.9 ::1 unix:; do
        expect_text "$("$call" app.so echo --remote-addr "$address")" " $address "
    done
}

a_size_that_no_zone_can_have_is_misuse() {
    for size in many 1kk -1 '' 0 4095 31k 9g 100000g 18446744073709551615 18446744073709551617 99999999999999999999k; do
        expect_status 2 "$call" app.so count --shm-size "$size"
        expect_text "$output" "linkfunc-call: '$size' is not a size of shared memory: expected 8 pages, mostly 32k, to 8g"
    done
    expect_status 0 "$call" app.so count --shm-size 8g
    sed 's/shm_size 64k/shm_size 100000g/' nginx.conf > huge.conf
    expect_status 1 "$call" app.so --conf huge.conf /
    expect_text "$output" 'ngx_link_func_shm_size: "100000g" is too large'
}

it_tells_its_options_and_version() {
    "$call" --help > help
    for word in -X -H -d --data-binary -i --remote-addr --prop --shm-size --repeat --log-level --findings --json \
        --conf --replay --bench; do
        grep -q -- "$word" help
    done
    expect_status 0 "$call" --version
    expect_text "$output" "linkfunc-call "
}

tap_run \
    it_prints_the_body_alone \
    it_prints_what_curl_prints_with_include \
    it_sends_what_the_options_say \
    it_posts_data_from_a_file_and_from_standard_input \
    line_ends_of_a_file_are_dropped_from_data_and_kept_in_binary_data \
    it_shows_log_lines_from_the_level_on \
    it_calls_as_often_as_it_is_told_in_one_worker \
    it_prints_findings_and_fails \
    it_prints_findings_as_json \
    it_answers_without_findings_when_nobody_asked \
    a_configuration_chooses_the_function \
    an_open_gate_is_said \
    it_replays_requests_of_a_file \
    a_replay_without_requests_is_an_error \
    options_that_a_replay_or_a_bench_would_drop_are_misuse \
    it_replays_what_a_browser_has_recorded \
    the_fields_of_a_recorded_form_are_its_body \
    a_recorded_form_that_cannot_be_sent_is_named \
    what_nginx_would_refuse_of_a_recorded_request_is_named \
    a_function_that_ends_the_process_is_named \
    what_else_of_a_library_ends_the_process_is_named \
    a_function_that_closes_descriptors_is_no_crash \
    log_lines_before_a_crash_are_printed \
    responses_before_a_crash_are_printed \
    a_connection_that_is_gone_is_no_signal \
    without_a_process_of_its_own_the_function_ends_the_tool \
    a_report_of_a_sanitizer_reaches_standard_error \
    it_learns_of_an_end_where_ends_are_ignored \
    the_fragment_of_a_url_is_not_sent \
    nobody_is_left_when_the_tool_is_ended \
    it_tells_what_a_call_costs \
    a_bench_calls_as_often_as_it_is_told \
    headers_are_left_out_and_empty_as_curl_has_them \
    letters_may_stand_in_one_word \
    it_asks_for_the_headers_alone \
    a_bench_reports_what_was_found_in_it \
    it_names_what_it_cannot_do \
    a_function_that_is_not_there_names_the_nearest \
    a_function_of_a_needed_library_is_called \
    data_that_is_given_twice_is_joined_as_curl_does \
    it_refuses_misuse_with_a_hint \
    values_that_no_request_can_have_are_misuse \
    a_size_that_no_zone_can_have_is_misuse \
    it_tells_its_options_and_version
