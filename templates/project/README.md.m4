m4_include(common.m4)m4_dnl
# M4_NAME()

C functions that run inside NGINX, built with the ngx_link_func SDK.

The next three commands:

    make test                  # unit tests on the mock runtime, no NGINX needed
    make asan                  # the same under AddressSanitizer
    make run PORT=8080         # a real NGINX, in the foreground; Ctrl-C ends it

Then, from another terminal:

    curl 'http://127.0.0.1:8080/api/hello?name=NGINX'

`src/` holds the functions, `tests/` their tests, `nginx.conf` the server that
`make run` starts. The head of the Makefile lists every target. If the SDK is
installed in a prefix of its own, set `PKG_CONFIG_PATH` to its `lib/pkgconfig`.
