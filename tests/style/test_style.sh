#!/bin/sh
# The formatters and linters over the whole tree, and the rules of the layout.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

build=$(dirname "$STAGE")

# Files of the project by name pattern, without what is built.
sources() ( # PATTERN...
    cd "$SOURCE"
    for pattern in "$@"; do
        find . -path ./build -prune -o -path ./.git -prune -o -type f -name "$pattern" -print
    done
)

# Of the programs that /bin/sh runs, and what they source; those of templates are
# looked at where projects are made of them.
scripts() {
    sources '*' | grep -v '\.m4$' | (cd "$SOURCE" && xargs grep -lE '^#!/bin/(ba)?sh|^# shellcheck shell=(ba)?sh')
}

c_files_are_formatted() {
    sources '*.c' '*.h' '*.cc' | (cd "$SOURCE" && xargs clang-format --dry-run -Werror)
}

# What the build compiles; the module is not among it, NGINX's make builds it.
c_files_are_clang_tidy_clean() {
    sed -n 's/^ *"file": "\(.*\)"$/\1/p' "$build/compile_commands.json" | sort -u > names
    test -s names
    xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p "$build" < names
}

module_is_clang_tidy_clean() {
    tree=$(dirname "$(find "$build/module" -path '*/objs/ngx_auto_config.h')")/..
    includes=
    for folder in objs src/core src/event src/event/modules src/os/unix src/http src/http/modules src/http/v2; do
        includes="$includes -isystem $tree/$folder"
    done
    cd "$SOURCE"
    # shellcheck disable=SC2046,SC2086
    clang-tidy --quiet $(find module/src -name '*.c') -- $includes -Isdk/include -Isdk/src
}

c_files_are_cppcheck_clean() {
    cd "$SOURCE"
    cppcheck --quiet --error-exitcode=1 --enable=warning,style,performance,portability --inline-suppr \
        --suppressions-list=tests/style/cppcheck.txt -I sdk/include -I sdk/src -I mock-runtime/include -I tests/support \
        -j "$(nproc)" sdk module/src mock-runtime tools tests
}

scripts_are_shellcheck_clean() {
    scripts | (cd "$SOURCE" && xargs shellcheck -x)
}

cmake_files_have_at_most_100_lines() {
    sources CMakeLists.txt '*.cmake' '*.cmake.in' > names
    (cd "$SOURCE" && xargs wc -l) < names | awk '$2 != "total" && $1 > 100 { print; long = 1 } END { exit long }'
}

nothing_is_left_to_do_in_comments() {
    mark='TO''DO|FIX''ME|XX''X'
    found=$(sources '*' | (cd "$SOURCE" && xargs grep -nIE "\\b($mark)\\b") || [ $? -eq 123 ])
    echo "$found"
    test -z "$found"
}

tap_run c_files_are_formatted c_files_are_clang_tidy_clean module_is_clang_tidy_clean \
    c_files_are_cppcheck_clean scripts_are_shellcheck_clean cmake_files_have_at_most_100_lines \
    nothing_is_left_to_do_in_comments
