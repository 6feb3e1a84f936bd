#!/bin/sh
# The completions of the staged tools, in the real bash, zsh and fish.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

here=$(cd "$(dirname "$0")" && pwd)
share=$STAGE/share
PATH=$STAGE/bin:$PATH
export HOME="$work/home" XDG_DATA_DIRS="$share" BASH_COMPLETION_USER_DIR="$share/bash-completion"

# A project to complete in.
mkdir -p "$work/project/libdir" "$HOME"
cat > "$work/project/app.c" << 'TEXT'
#include <ngx_link_func_module.h>
void hello_json(ngx_link_func_ctx_t *ctx) { ngx_link_func_write_resp(ctx, 200, NULL, NULL, NULL, 0); }
void hello_text(ngx_link_func_ctx_t *ctx) { hello_json(ctx); }
__attribute__((visibility("hidden"))) void hidden(ngx_link_func_ctx_t *ctx) { hello_json(ctx); }
void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) { (void) cycle; }
void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) { (void) cycle; }
TEXT
cc -shared -fPIC -I"$STAGE/include" -o "$work/project/libapp.so" "$work/project/app.c"
touch "$work/project/nginx.conf" "$work/project/library.txt"

# What a shell offers for the last word of a line, sorted; the folder that it may
# put in front, its slash behind one, and the flag of --flag=value do not count.
offers() ( # SHELL LINE
    cd "$work/project"
    case $1 in
        bash) eval "$here/complete.bash $(printf '%s' "$2" | sed "s/ \$/ ''/")" ;;
        zsh) "$here/complete.zsh" "$share/zsh/site-functions" "$2" ;;
        fish)
            # shellcheck disable=SC2016 # expanded by fish
            fish -c 'complete -C "$argv"' -- "$2" | cut -f 1
            ;;
    esac | sed -e 's|^\./||; s|/$||; s|^--[a-z-]*=||' | sort -u
)

expect_offers() { # LINE WORD...
    line=$1
    shift
    [ $# -eq 0 ] || printf '%s\n' "$@" | sort > expected
    [ $# -gt 0 ] || : > expected
    for shell in bash zsh fish; do
        offers "$shell" "$line" > "offered.$shell"
        diff -u expected "offered.$shell" || {
            echo "$shell: $line"
            return 1
        }
    done
}

tools() {
    (cd "$STAGE/bin" && ls -d linkfunc-*)
}

# Letters and long flags, a word for each.
options_of_help() { # TOOL
    "$1" --help | sed -n 's/^  \(-.\), \(--[a-z-]*\).*/\1 \2/p; s/^      \(--[a-z-]*\).*/\1/p' | tr ' ' '\n' | sort
}

every_tool_completes_its_options_in_every_shell() {
    test "$(tools | wc -l)" -ge 4
    for tool in $(tools); do
        options_of_help "$tool" > options
        test "$(wc -l < options)" -gt 3
        # shellcheck disable=SC2046 # a list of words
        expect_offers "$tool -" $(cat options)
    done
}

every_tool_has_a_file_for_every_shell_and_no_file_is_left_over() {
    tools > names
    (cd "$share/bash-completion/completions" && ls) | diff -u names -
    (cd "$share/zsh/site-functions" && ls) | sed 's/^_//' | diff -u names -
    (cd "$share/fish/vendor_completions.d" && ls) | sed 's/\.fish$//' | diff -u names -
}

# What --list says under a flag.
choices() { # FLAG
    linkfunc-new --list | sed -n "/($1)/,/^[^ ]*(/p" | sed -n '2,$s/^  \([^ ]*\).*/\1/p'
}

kinds_build_systems_and_licenses_are_those_of_the_list() {
    expect_text "$(choices --template)" counter
    # shellcheck disable=SC2046 # lists of words
    expect_offers 'linkfunc-new --template ' auth counter cxx form hello proxy-gate
    expect_offers 'linkfunc-new -b ' cmake make meson
    expect_offers 'linkfunc-new --build=m' make meson
    expect_offers 'linkfunc-new x --build=make --license ' BSD-2-Clause MIT none
}

functions_are_those_that_the_library_exports() {
    expect_offers 'linkfunc-call ./libapp.so ' hello_json hello_text
    expect_offers 'linkfunc-call -X POST --conf nginx.conf ./libapp.so hello_j' hello_json
    expect_offers 'linkfunc-check ./libapp.so --function ' hello_json hello_text
}

files_are_of_the_kind_that_is_wanted() {
    expect_offers 'linkfunc-call --conf ng' nginx.conf
    expect_offers 'linkfunc-call --conf=ng' nginx.conf
    expect_offers 'linkfunc-run ' libdir
    expect_offers 'linkfunc-new --dir lib' libdir
}

# fish has the others too, behind these.
libraries_come_first() {
    for shell in bash zsh; do
        [ "$(offers "$shell" 'linkfunc-check lib' | tr '\n' ' ')" = 'libapp.so libdir ' ]
    done
    cd project
    [ "$(fish -c 'complete -C "linkfunc-check lib"' | head -n 1)" = libapp.so ]
}

words_are_those_that_the_tools_take() {
    sed -n 's/^    {"\([a-z0-9.-]*\)", CHECK_.*/\1/p' "$SOURCE/tools/rules/rules.c" > rules
    test "$(wc -l < rules)" -gt 15
    # shellcheck disable=SC2046 # a list of words
    expect_offers 'linkfunc-check --ignore ' $(cat rules)
    expect_offers 'linkfunc-call --log-level=' alert debug emerg error info warn
    for level in $(offers bash 'linkfunc-call --log-level '); do
        linkfunc-call --log-level "$level" --help > help
    done
}

nothing_is_offered_where_nothing_is_known() {
    expect_offers 'linkfunc-run --port '
    expect_offers 'linkfunc-new --author '
}

# From a prefix that is not the first on PATH, by its path.
the_tool_that_was_typed_is_asked() {
    mkdir -p moved/bin
    printf '#!/bin/sh\nprintf "Templates (--template):\\n  special    text\\n"\n' > moved/bin/linkfunc-new
    chmod +x moved/bin/linkfunc-new
    for shell in bash zsh fish; do
        [ "$(PATH=$PWD/moved/bin:$PATH offers "$shell" 'linkfunc-new -t s')" = special ]
    done
}

tap_run every_tool_completes_its_options_in_every_shell \
    every_tool_has_a_file_for_every_shell_and_no_file_is_left_over \
    kinds_build_systems_and_licenses_are_those_of_the_list \
    functions_are_those_that_the_library_exports \
    files_are_of_the_kind_that_is_wanted libraries_come_first \
    words_are_those_that_the_tools_take nothing_is_offered_where_nothing_is_known \
    the_tool_that_was_typed_is_asked
