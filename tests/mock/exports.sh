#!/bin/sh
# The shared library exports the functions of its two headers and those that
# the flags of its pkg-config file ask for, nothing else.
set -eu
# shellcheck source=tests/support/tap.sh
. "$SOURCE/tests/support/tap.sh"

library=$(find "$STAGE" -name libngx_link_func_mock.so)
header=$(find "$STAGE" -name ngx_link_func_mock.h)

# Every function that the preprocessed headers declare, less the hooks, which
# the handler library defines.
declared() {
    cc -E -P -I"$(dirname "$header")" "$header" \
        | grep -oE '\bngx_link_func_[a-z0-9_]*[a-z0-9] *\(' | tr -d ' (' \
        | grep -vE '^ngx_link_func_(init|exit)_cycle$' | sort -u
}

exported() {
    nm -D --defined-only "$library" | awk '{ print $NF }' | sort -u
}

the_shared_library_exports_what_its_headers_declare() {
    declared > names.declared
    exported | grep -v '^__wrap_' > names.exported
    test "$(wc -l < names.declared)" -gt 50
    diff -u names.declared names.exported
}

the_shared_library_exports_what_its_flags_wrap() {
    sed -n 's/^wrap=//p' "$(find "$STAGE" -name ngx_link_func_mock.pc)" | tr ' ' '\n' \
        | sed 's/^-Wl,--wrap=/__wrap_/' | sort > names.wrapped
    exported | grep '^__wrap_' > names.exported
    test "$(wc -l < names.wrapped)" -gt 10
    diff -u names.wrapped names.exported
}

the_hooks_are_weak_references() {
    for hook in ngx_link_func_init_cycle ngx_link_func_exit_cycle; do
        nm -D --undefined-only "$library" | grep -qE " [wv] $hook\$"
    done
}

the_shared_library_needs_libc_and_pcre2_alone() {
    objdump -p "$library" | awk '$1 == "NEEDED" { print $2 }' > needed
    if grep -vE '^(libc\.so|libpcre2-8\.so|libdl\.so|ld-linux|lib[atu]*b?san\.so|libm\.so|libgcc_s\.so)' needed; then
        return 1
    fi
}

the_shared_library_has_a_soname() {
    expect_text "$(objdump -p "$library")" 'SONAME               libngx_link_func_mock.so.'
}

tap_run the_shared_library_exports_what_its_headers_declare \
    the_shared_library_exports_what_its_flags_wrap the_hooks_are_weak_references \
    the_shared_library_needs_libc_and_pcre2_alone the_shared_library_has_a_soname
