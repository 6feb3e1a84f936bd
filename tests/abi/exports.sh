#!/bin/sh
# The module exports the functions of the public header, and besides them only
# what NGINX looks for in a module.
set -eu
# shellcheck source=tests/support/tap.sh
. "$SOURCE/tests/support/tap.sh"

module=$(find "$STAGE" -name ngx_http_link_func_module.so)
header=$(find "$STAGE" -name ngx_link_func_module.h)

# Less the hooks, which the library defines.
declared() { # OPTION...
    cc -E -P "$@" "$header" | grep -oE '\bngx_link_func_[a-z0-9_]*[a-z0-9] *\(' | tr -d ' (' \
        | grep -vE '^ngx_link_func_(init|exit)_cycle$' | sort -u
}

exported() {
    nm -D --defined-only "$module" | awk '{ print $NF }' | sort -u
}

every_declared_function_is_exported() {
    declared > names.declared
    test "$(wc -l < names.declared)" -gt 50
    exported | grep '^ngx_link_func_' > names.exported
    diff -u names.declared names.exported
}

what_else_is_exported_is_for_nginx() {
    others=$(exported | grep -vE '^ngx_link_func_' | tr '\n' ' ')
    test "$others" = 'ngx_module_names ngx_module_order ngx_modules '
}

version_34_is_what_the_copy_declares() {
    declared -DNGX_LINK_FUNC_API=34 > names.34
    header=$SOURCE/tests/abi/include/link_func_34.h declared > names.copy
    test "$(wc -l < names.copy)" -gt 30
    diff -u names.copy names.34
}

tap_run every_declared_function_is_exported what_else_is_exported_is_for_nginx version_34_is_what_the_copy_declares
