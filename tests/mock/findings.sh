#!/bin/sh
# The manual of findings has a page for each code, in the order of the codes.
set -eu
# shellcheck source=tests/support/tap.sh
. "$SOURCE/tests/support/tap.sh"

manual=$(find "$STAGE" -name findings.md)
header=$(find "$STAGE" -name ngx_link_func_mock.h)

# "NGX_LINK_FUNC_MOCK_CODE_POOL_OVERFLOW," is "pool-overflow".
codes() {
    sed -n 's/^    NGX_LINK_FUNC_MOCK_CODE_\([A-Z_]*\),.*/\1/p' "$header" | grep -v '^COUNT$' | tr 'A-Z_' 'a-z-'
}

every_code_has_a_page() {
    codes > wanted
    test "$(wc -l < wanted)" -gt 20
    sed -n 's/^## //p' "$manual" > pages
    diff wanted pages
}

every_page_tells_the_effect_and_the_remedy() {
    pages=$(grep -c '^## ' "$manual")
    test "$(grep -c '^In production: ' "$manual")" -eq "$pages"
    test "$(grep -c '^Mend it: ' "$manual")" -eq "$pages"
}

tap_run every_code_has_a_page every_page_tells_the_effect_and_the_remedy
