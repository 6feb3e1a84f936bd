#!/bin/sh
# C and C++ programs built with pkg-config alone, from a staged prefix that has
# been moved.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

project=$SOURCE/tests/consumer/project
cp -R "$STAGE" "$work/moved"
PKG_CONFIG_PATH=$(dirname "$(find "$work/moved" -name ngx_link_func.pc)")
export PKG_CONFIG_PATH

flags() { # PACKAGE OPTIONS...
    package=$1
    shift
    pkg-config "$@" --cflags --libs "$package"
}

build_handler() { # COMPILER SOURCE
    # shellcheck disable=SC2046
    "$1" -Wall -Wextra -Werror -fPIC -shared "$project/$2" $(flags ngx_link_func) -o libhandler.so
}

run_path() { pkg-config --variable=libdir ngx_link_func_mock; }

build_loader() {
    # shellcheck disable=SC2046
    gcc -Wall -Wextra -Werror "$project/test_loaded.c" $(flags ngx_link_func_mock) "-Wl,-rpath,$(run_path)" -o loader
}

c_library_is_loaded_and_called() {
    build_handler gcc handler.c
    build_loader
    ./loader ./libhandler.so
}

cxx_library_is_loaded_and_called() {
    build_handler g++ handler.cc
    build_loader
    ./loader ./libhandler.so
}

hooks_are_exported_from_hidden_code() {
    # shellcheck disable=SC2046
    gcc -fvisibility=hidden -fPIC -shared "$project/handler.c" $(flags ngx_link_func) -o libhidden.so
    expect_text "$(nm -D --defined-only libhidden.so)" ngx_link_func_init_cycle
    expect_text "$(nm -D --defined-only libhidden.so)" ngx_link_func_exit_cycle
}

library_links_against_nothing() {
    build_handler gcc handler.c
    expect_text "$(nm -D --undefined-only libhandler.so)" ngx_link_func_write_resp
    expect_status 1 sh -c 'readelf -d libhandler.so | grep NEEDED | grep -v "libc\.so"'
}

c_handler_is_linked_into_a_test() {
    # shellcheck disable=SC2046
    gcc -Wall -Wextra -Werror "$project/test_linked.c" "$project/handler.c" $(flags ngx_link_func_mock) \
        $(pkg-config --libs cmocka) "-Wl,-rpath,$(run_path)" -o linked
    ./linked
}

cxx_handler_is_linked_into_a_test() {
    g++ -Wall -Wextra -Werror -c "$project/handler.cc" "-I$work/moved/include" -o handler.o
    # shellcheck disable=SC2046
    gcc -Wall -Wextra -Werror "$project/test_linked.c" handler.o $(flags ngx_link_func_mock) -lstdc++ \
        $(pkg-config --libs cmocka) "-Wl,-rpath,$(run_path)" -o linked
    ./linked
}

# Without the shared library only the archive can have satisfied the linker.
static_mock_is_linked_into_a_test() {
    cp -R "$work/moved" archive-only
    find archive-only -name 'libngx_link_func_mock.so*' -delete
    PKG_CONFIG_PATH=$(dirname "$(find "$PWD/archive-only" -name ngx_link_func.pc)")
    # shellcheck disable=SC2046
    gcc -Wall -Wextra -Werror "$project/test_linked.c" "$project/handler.c" $(flags ngx_link_func_mock --static) \
        $(pkg-config --libs cmocka) -o linked
    ./linked
}

static_mock_loads_a_library() {
    build_handler gcc handler.c
    PKG_CONFIG_PATH=$(dirname "$(find "$work/archive-only" -name ngx_link_func.pc)")
    # shellcheck disable=SC2046
    gcc -Wall -Wextra -Werror "$project/test_loaded.c" $(flags ngx_link_func_mock --static) -o loader
    ./loader ./libhandler.so
}

# What the loaded library may call, whichever functions the program itself does.
static_mock_exports_the_whole_api() {
    archive=$(find "$work/archive-only" -name libngx_link_func_mock.a)
    nm -g --defined-only "$archive" | grep -oE ' ngx_link_func_[a-z_0-9]+$' | grep -v ' ngx_link_func_mock_' \
        | sort -u > archive.names
    nm -D --defined-only loader | grep -oE ' ngx_link_func_[a-z_0-9]+$' | sort -u > loader.names
    test "$(wc -l < archive.names)" -gt 40
    missing=$(comm -23 archive.names loader.names)
    echo "$missing"
    test -z "$missing"
}

variables_name_what_is_there() {
    test -f "$(pkg-config --variable=moduledir ngx_link_func)/ngx_http_link_func_module.so"
    test -f "$(pkg-config --variable=templatedir ngx_link_func)/common.m4"
    expect_text "$(cat "$work/moved/include/ngx_link_func_module.h")" \
        "#define NGX_LINK_FUNC_ABI_VERSION $(pkg-config --variable=abi_version ngx_link_func)"
}

no_installed_file_names_the_old_place() {
    expect_status 1 grep -rIl "$STAGE" "$work/moved"
    expect_status 1 grep -rIl "$SOURCE" "$work/moved"
}

tap_run c_library_is_loaded_and_called cxx_library_is_loaded_and_called \
    hooks_are_exported_from_hidden_code library_links_against_nothing \
    c_handler_is_linked_into_a_test cxx_handler_is_linked_into_a_test static_mock_is_linked_into_a_test \
    static_mock_loads_a_library static_mock_exports_the_whole_api variables_name_what_is_there \
    no_installed_file_names_the_old_place
