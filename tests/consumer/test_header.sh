#!/bin/sh
# The public header, alone, under strict compilers.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

strict='-Wall -Wextra -Werror -pedantic -fsyntax-only'

# A header that is included twice, alone, and used for everything it declares.
header_alone() { # COMPILER OPTIONS...
    printf '#include <ngx_link_func_module.h>\n#include <ngx_link_func_module.h>\nextern int nothing;\n' > alone.src
    # shellcheck disable=SC2086
    "$@" $strict "-I$STAGE/include" alone.src
}

gcc_accepts_it_as_c99() { header_alone gcc -std=c99 -x c; }
clang_accepts_it_as_c99() { header_alone clang -std=c99 -x c; }
gcc_accepts_it_as_cxx11() { header_alone g++ -std=c++11 -x c++; }
clang_accepts_it_as_cxx11() { header_alone clang++ -std=c++11 -x c++; }
gcc_accepts_it_as_cxx20() { header_alone g++ -std=c++20 -x c++; }

older_header_is_accepted_by_all() {
    for language in 'gcc -std=c99 -x c' 'clang -std=c99 -x c' 'g++ -std=c++11 -x c++' 'clang++ -std=c++11 -x c++'; do
        # shellcheck disable=SC2086
        header_alone $language -DNGX_LINK_FUNC_API=34
    done
}

newer_functions_are_hidden_on_request() {
    printf '#include <ngx_link_func_module.h>\nuint32_t f(void) { return ngx_link_func_abi_version(); }\n' > newer.c
    # shellcheck disable=SC2086
    gcc $strict -std=c99 "-I$STAGE/include" newer.c
    # shellcheck disable=SC2086
    expect_status 1 gcc $strict -std=c99 -DNGX_LINK_FUNC_API=34 "-I$STAGE/include" newer.c
    expect_text "$output" ngx_link_func_abi_version
}

log_call() { # FORMAT-AND-ARGUMENTS
    printf '#include <ngx_link_func_module.h>\nvoid f(ngx_link_func_ctx_t *ctx) { ngx_link_func_log(info, ctx, %s); }\n' \
        "$1" > log.c
    gcc -std=c99 -Wall -Wextra -Werror -pedantic -fsyntax-only "-I$STAGE/include" log.c
}

log_macro_checks_its_format() {
    log_call '"%d %s", 1, "x"'
    log_call '"text alone"'
    expect_status 1 log_call '"%s", 1'
    expect_text "$output" "format '%s' expects argument of type 'char *'"
}

log_macro_is_one_statement() {
    printf '#include <ngx_link_func_module.h>\nvoid f(ngx_link_func_ctx_t *c, int x) {\n' > statement.c
    printf 'if (x) ngx_link_func_log(err, c, "a"); else ngx_link_func_log(warn, c, "b");\n}\n' >> statement.c
    gcc -std=c99 -Wall -Wextra -Werror -pedantic -fsyntax-only "-I$STAGE/include" statement.c
}

log_macro_evaluates_its_target_once() {
    cat > once.c << 'EOF'
#include <ngx_link_func_module.h>
static int lines, looks;
void ngx_link_func_log_info(ngx_link_func_ctx_t *ctx, const char *msg) { (void) ctx; (void) msg; lines++; }
static ngx_link_func_ctx_t *look(void) { looks++; return NULL; }
int main(void) { ngx_link_func_log(info, look(), "%d", lines); return !(lines == 1 && looks == 1); }
EOF
    gcc "-I$STAGE/include" once.c -o once
    ./once
}

readme_sample_compiles() {
    awk '/^```c$/ { n++; next } /^```$/ { n += n % 2; next } n == 1' "$SOURCE/README.md" > sample.c
    grep -q ngx_link_func_write_resp sample.c
    gcc -std=c99 -Wall -Wextra -Werror -pedantic -fsyntax-only "-I$STAGE/include" sample.c
}

tap_run gcc_accepts_it_as_c99 clang_accepts_it_as_c99 gcc_accepts_it_as_cxx11 clang_accepts_it_as_cxx11 \
    gcc_accepts_it_as_cxx20 older_header_is_accepted_by_all newer_functions_are_hidden_on_request \
    log_macro_checks_its_format log_macro_is_one_statement log_macro_evaluates_its_target_once readme_sample_compiles
