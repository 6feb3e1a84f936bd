m4_include(common.m4)m4_dnl
# M4_NAME()

M4_PURPOSE() Built with the ngx_link_func SDK.

The next three commands:

    M4_RUN_TESTS()    # unit tests on the mock runtime, no NGINX needed
    M4_TARGET(asan)    # the same under AddressSanitizer
    M4_RUN_SERVER()    # a real NGINX, in the foreground; Ctrl-C ends it

Then, from another terminal:

    M4_CURL()

`src/` holds the functions, `tests/` their tests, `fuzz/` random requests, and
`nginx.conf` the server that the last of them starts. The head of
`M4_BUILD_FILE()` lists every target. If the SDK is installed in a prefix of
its own, set `PKG_CONFIG_PATH` to its `lib/pkgconfig`.

`linkfunc-new --update` brings in what a newer SDK would scaffold, and keeps
your edits; `.linkfunc/` is what it compares with, so commit it.
