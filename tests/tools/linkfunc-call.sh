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

void ok(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, NULL, NULL, NULL, 0);
}

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

void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) { (void) cycle; }
void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) { (void) cycle; }
TEXT
(cd "$work" && cc -g -shared -fPIC -I"$STAGE/include" -o app.so app.c)

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

it_replays_what_a_browser_has_recorded() {
    cat > two.har << 'HAR'
{"log": {"version": "1.2", "entries": [
  {"request": {"method": "GET", "url": "https://shop.example/echo?a=1", "headers": [
    {"name": ":authority", "value": "shop.example"}, {"name": "Content-Type", "value": "x/y"}]}},
  {"request": {"method": "POST", "url": "http://shop/echo", "headers": [{"name": "content-length", "value": "99"}],
    "postData": {"mimeType": "text/plain", "text": "hello"}}}
]}}
HAR
    printf 'GET shop.example 127.0.0.1 a=1 x/y - -\nPOST shop 127.0.0.1 - - - hello\n' > expected
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

it_tells_what_a_call_costs() {
    "$call" app.so echo --bench > cost
    grep -qE '^[1-9][0-9]* calls per second, [1-9][0-9]* ns per call, [5-9]\.0 allocations per call$' cost
}

it_names_what_it_cannot_do() {
    expect_status 1 "$call" none.so echo
    expect_text "$output" 'linkfunc-call: dlopen() "none.so" failed'
    expect_status 1 "$call" app.so none
    expect_text "$output" 'linkfunc-call: function "none" not found in "app.so"'
    expect_status 1 "$call" app.so echo -d @none
    expect_text "$output" "linkfunc-call: cannot read 'none': No such file or directory"
    expect_status 1 "$call" app.so echo ftp://x
    expect_text "$output" "linkfunc-call: 'ftp://x' is not a URL: expected /PATH or http://HOST/PATH"
    expect_status 1 "$call" app.so echo -H none
    expect_text "$output" "linkfunc-call: 'none' is not a header: expected 'Name: value'"
}

it_refuses_misuse_with_a_hint() {
    expect_status 2 "$call"
    expect_text "$output" "linkfunc-call: expected LIB.so [FUNCTION] [URL]"
    expect_status 2 "$call" app.so
    expect_text "$output" "linkfunc-call: expected FUNCTION, or --conf"
    expect_status 2 "$call" app.so --conf nginx.conf / more
    expect_text "$output" "linkfunc-call: unexpected argument 'more'"
    expect_text "$output" "Try 'linkfunc-call --help'."
    for word in --none --shm-size=many --shm-size=1kk --repeat=0 --prop=none --log-level=loud --include=1; do
        expect_status 2 "$call" app.so echo "$word"
    done
    expect_status 2 "$call" app.so echo -X
    expect_text "$output" "linkfunc-call: --request needs a value"
}

it_tells_its_options_and_version() {
    "$call" --help > help
    for word in -X -H -d -i --remote-addr --prop --shm-size --repeat --log-level --findings --json \
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
    it_shows_log_lines_from_the_level_on \
    it_calls_as_often_as_it_is_told_in_one_worker \
    it_prints_findings_and_fails \
    it_prints_findings_as_json \
    it_answers_without_findings_when_nobody_asked \
    a_configuration_chooses_the_function \
    an_open_gate_is_said \
    it_replays_requests_of_a_file \
    it_replays_what_a_browser_has_recorded \
    it_tells_what_a_call_costs \
    it_names_what_it_cannot_do \
    it_refuses_misuse_with_a_hint \
    it_tells_its_options_and_version
