#!/bin/sh
# From an idea to production, as a user goes, by the tools of a prefix that was
# moved elsewhere.  Each step finds what the one before left.
set -eu
# shellcheck source=tests/support/tap.sh
. "$SOURCE/tests/support/tap.sh"

cp -a "$STAGE" "$work/elsewhere"
STAGE=$work/elsewhere
# shellcheck source=tests/support/deploy.sh
. "$SOURCE/tests/support/deploy.sh"

PATH=$STAGE/bin:$PATH
export PATH PKG_CONFIG_PATH="$STAGE/lib/pkgconfig"
unset CC CFLAGS LDFLAGS MAKEFLAGS MAKELEVEL NO_COLOR

project_is_scaffolded_and_its_tests_pass() {
    linkfunc-new shop --template auth --no-git
    make -C shop test
    make -C shop
}

handler_is_called_without_a_server() {
    cd shop
    found=$(linkfunc-call ./libshop.so auth_check /x -H 'Authorization: t' -i)
    expect_text "$found" 'HTTP/1.1 401 Unauthorized'
    expect_text "$found" 'WWW-Authenticate: Bearer'
}

# In a terminal of its own, as script(1) makes one; "keys" is its keyboard.
open_terminal() { # COMMAND
    mkfifo keys
    script -qfec "$1" screen < keys > /dev/null 2>&1 &
    terminal=$!
    exec 3> keys
    trap 'kill -TERM "$terminal" 2> /dev/null || :; wait "$terminal" 2> /dev/null || :' EXIT
}

# The server that the screen names.
has_url() {
    url=$(tr -d '\r' < screen | grep -ao 'http://127[.0-9]*:[0-9]*' | head -n 1)
    [ -n "$url" ]
}

private() { # CURL-ARGUMENT...
    curl -sS --noproxy '*' --max-time 5 "$url/private/x" "$@"
}

refuses_with() { # TEXT
    private > answer 2>&1 && grep -qF "$1" answer
}

shows() { # TEXT
    grep -qaF "$1" screen
}

replace() { # SED-SCRIPT
    sed "$1" shop/src/shop.c > shop/src/shop.c~
    mv shop/src/shop.c~ shop/src/shop.c
}

terminal_is_closed() {
    ! kill -0 "$terminal" 2> /dev/null || grep -q '^State:.Z' "/proc/$terminal/status"
}

edits_are_served_and_a_broken_build_is_not() {
    open_terminal 'linkfunc-run shop'
    wait_until has_url
    expect_text "$(private -H 'Authorization: Bearer change-me')" 'Hello, alice!'
    cp shop/src/shop.c good.c
    replace 's/a valid bearer token is needed/no entry/'
    wait_until refuses_with 'no entry'
    replace 's/no entry/never seen/; s/^static int is_equal/static int int is_equal/'
    wait_until shows 'error:'
    refuses_with 'no entry'
    cp good.c shop/src/shop.c
    wait_until refuses_with 'a valid bearer token is needed'
    printf '\003' >&3
    wait_until terminal_is_closed
    [ -z "$(curl -sS --noproxy '*' --max-time 5 "$url/" 2> /dev/null)" ]
}

library_is_checked_with_its_configuration() {
    cd shop
    make
    linkfunc-check libshop.so --conf nginx.conf
}

write_configuration() {
    cat > nginx.conf << TEXT
load_module $STAGE/lib/nginx/modules/ngx_http_link_func_module.so;
pid nginx.pid;
error_log error.log info;
$user
events { }
http {
    access_log off;
    server {
        include listen.conf;
        ngx_link_func_lib lib/libshop.so;
        ngx_link_func_add_prop auth_token change-me;
        ngx_link_func_add_prop auth_user alice;
        location = /stock { return 200 stock; }
        location = /healthz {
            ngx_link_func_add_req_header Authorization "Bearer change-me";
            ngx_link_func_call auth_check;
            proxy_pass http://\$server_addr:\$server_port/stock;
        }
    }
}
TEXT
}

library_is_deployed_and_a_bad_version_rolls_itself_back() {
    cp shop/libshop.so "$work/first.so"
    replace 's/!is_equal(token/is_equal(token/'
    make -C shop
    enter production
    write_configuration
    cp "$work/first.so" lib/libshop.so
    # shellcheck disable=SC2119 # the library is there already
    start
    [ "$(get /healthz)" = stock ]
    expect_status 1 run_deploy ../shop/libshop.so lib/ --probe "$url/healthz"
    cmp "$work/first.so" lib/libshop.so
    [ "$(get /healthz)" = stock ]
}

tap_run project_is_scaffolded_and_its_tests_pass handler_is_called_without_a_server \
    edits_are_served_and_a_broken_build_is_not library_is_checked_with_its_configuration \
    library_is_deployed_and_a_bad_version_rolls_itself_back
