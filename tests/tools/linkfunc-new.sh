#!/bin/sh
# linkfunc-new: its choices and refusals, and what a project is.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"
# shellcheck source=tests/support/new.sh
. "$(dirname "$0")/../support/new.sh"

it_makes_every_file_of_a_project() {
    enter files
    "$new" --no-git my-app
    (cd my-app && find . -type f ! -path './.linkfunc/*' | sort) > found
    cat > wanted << 'LIST'
./.clang-format
./.editorconfig
./.github/workflows/ci.yml
./.gitignore
./Makefile
./README.md
./fuzz/corpus/first.http
./fuzz/fuzz_my-app.c
./fuzz/run.sh
./nginx.conf
./src/my-app.c
./tests/coverage.sh
./tests/test_my-app.c
LIST
    diff wanted found
    while read -r file; do
        cmp "my-app/$file" "my-app/.linkfunc/pristine/$file"
    done < found
}

no_macro_is_left_in_a_project() {
    enter macros
    for pair in hello:make auth:cmake counter:meson form:make proxy-gate:cmake cxx:meson cxx:make cxx:cmake; do
        "$new" --no-git -t "${pair%:*}" -b "${pair#*:}" -l MIT -a Me -d project my-app
        expect_status 1 grep -rE 'M4_|m4_|NAME\.|\[\[|\]\]' project
        rm -r project
    done
}

the_same_name_gives_the_same_bytes() {
    enter same
    "$new" --no-git --dir one demo
    LC_ALL=C.UTF-8 TZ=Asia/Tokyo "$new" --no-git --dir two demo
    diff -r one two
}

names_that_break_the_rule_are_refused() {
    enter names
    for name in Demo 1demo _demo de.mo 'de mo' démo ../demo de/mo 'demo
demo' "$(printf '%065d' 0 | tr 0 a)"; do
        expect_misuse "'$name' is not a name: a lower-case letter, then up to 63 of a-z 0-9 _ -" "$name"
    done
    for name in int while auto restrict bool nullptr thread-local; do
        expect_misuse "'$name' is not a name: it is a C keyword" "$name"
    done
    for name in m4_dnl x-m4_dnl m4_m4exit; do
        expect_misuse "'$name' is not a name: m4 takes what begins with m4_ for its own" "$name"
    done
    expect_empty .
}

the_longest_name_is_accepted() {
    enter longest
    name=$(printf '%064d' 0 | tr 0 a)
    "$new" --no-git "$name"
    [ -f "$name/src/$name.c" ]
}

misuse_is_refused_with_a_hint() {
    enter misuse
    expect_misuse 'NAME is missing'
    expect_misuse 'NAME is empty' ''
    expect_misuse "unexpected argument 'b'" a b
    expect_misuse "unknown option '--bogus'" --bogus demo
    expect_misuse "unknown option '-x'" -x demo
    expect_misuse "unknown option '--dirs=x'" --dirs=x demo
    expect_misuse "unknown option '--.*'" '--.*' demo
    expect_misuse '--template needs a value' demo --template
    expect_misuse '--template needs a value' demo -t
    expect_misuse '--dir needs a value' --dir '' demo
    expect_misuse '--dir needs a value' --dir= demo
    expect_misuse '--no-git takes no value' --no-git=yes demo
    expect_misuse "unknown option '-x'" -fx demo
    expect_misuse '--template needs a value' -ft
    expect_misuse "unexpected argument '--list'" demo -- --list
    expect_misuse '--update goes with --dir only' --update demo
    expect_misuse '--update goes with --dir only' --update -t hello
    expect_misuse '--update goes with --dir only' -u -f
    expect_misuse '--update goes with --dir only' -u --no-git
    for word in demo --update --force --no-git --dir=x -tauth -lMIT; do
        expect_misuse '--list goes alone' --list "$word"
        expect_misuse '--list goes alone' "$word" --list
    done
    expect_empty .
}

what_is_not_available_is_refused_by_listing_what_is() {
    expect_misuse "no template 'nope'; available: auth counter cxx form hello proxy-gate" --template nope demo
    expect_misuse "no template 'project'; available: auth" --template project demo
    expect_misuse "no build system 'ant'; available: cmake make meson" --build ant demo
    expect_misuse "no license 'GPL'; available: BSD-2-Clause MIT none" --license GPL demo
}

help_names_every_option_that_is_parsed() {
    help=$("$new" --help)
    for option in '-t, --template KIND' '-b, --build SYSTEM' '-d, --dir PATH' '-l, --license LICENSE' \
        '-a, --author TEXT' --no-git '-f, --force' '-u, --update' --list '-h, --help' '-V, --version'; do
        expect_text "$help" "$option"
    done
    [ "$("$new" -h)" = "$help" ]
    [ "$("$new" -V)" = "$("$new" --version)" ]
    expect_text "$("$new" --version)" "linkfunc-new $(sed -n 's/^project(ngx_link_func VERSION \([0-9.]*\).*/\1/p' "$SOURCE/CMakeLists.txt")"
}

templates_are_found_in_a_moved_prefix_and_through_a_link() {
    enter moved
    mkdir prefix
    cp -R "$STAGE/bin" "$STAGE/share" prefix/
    mv prefix elsewhere
    ln -s "$PWD/elsewhere/bin/linkfunc-new" link
    ./link --no-git demo
    [ -f demo/src/demo.c ]
    rm -r elsewhere/share
    expect_status 1 ./link other
    expect_text "$output" 'linkfunc-new: no templates in'
}

templates_of_the_environment_come_first() {
    enter environment
    cp -R "$SOURCE/templates" templates
    echo '# mine' >> templates/project/editorconfig.m4
    LINKFUNC_TEMPLATES=$PWD/templates "$new" --no-git demo
    grep -qx '# mine' demo/.editorconfig
}

a_file_of_the_users_is_not_taken_for_a_template() {
    enter shadow
    echo 'wrong' > common.m4
    "$new" --no-git demo
    expect_status 1 grep -r wrong demo
}

a_repository_is_made_but_not_inside_another() {
    enter repository
    "$new" demo
    [ -d demo/.git ]
    "$new" --no-git plain
    expect_absent plain/.git
    cd demo
    "$new" nested
    expect_absent nested/.git
}

every_choice_is_listed_with_its_use() {
    list=$("$new" --list)
    for choice in hello auth counter form proxy-gate cxx make cmake meson none MIT BSD-2-Clause; do
        printf '%s\n' "$list" | grep -qE "^  $choice +[A-Za-z]"
    done
}

options_may_be_short_or_joined() {
    enter short
    "$new" --no-git --template=auth --build=cmake --dir=long --license=MIT --author=Me demo
    "$new" --no-git -tauth -b cmake -dshort -l MIT -aMe -- demo
    diff -r long short
    "$new" --no-git -ftauth -b cmake -flMIT -faMe -fd letters demo
    diff -r long letters
    grep -q auth_check short/src/demo.c
    [ -f short/CMakeLists.txt ]
}

output_that_is_lost_is_an_error() {
    enter lost
    for arguments in --help --version --list '--no-git demo'; do
        status=0
        # shellcheck disable=SC2086 # a list of words
        "$new" $arguments > /dev/full 2> said || status=$?
        [ "$status" -eq 1 ]
        [ "$(cat said)" = 'linkfunc-new: cannot write to standard output' ]
    done
}

a_license_is_a_file_and_a_line_in_each_source() {
    enter license
    author='Zoë, Inc. (M4_NAME m4_dnl)'
    "$new" --no-git -l MIT -a "$author" mit
    "$new" --no-git -l BSD-2-Clause bsd
    "$new" --no-git none
    grep -qF "Copyright (c) $author" mit/LICENSE
    grep -q 'Copyright (c) the bsd authors' bsd/LICENSE
    for file in src/mit.c tests/test_mit.c fuzz/fuzz_mit.c fuzz/run.sh tests/coverage.sh Makefile nginx.conf; do
        grep -qF "SPDX-FileCopyrightText: $author" "mit/$file"
        grep -q 'SPDX-License-Identifier: MIT' "mit/$file"
    done
    grep -q 'SPDX-License-Identifier: BSD-2-Clause' bsd/src/bsd.c
    expect_absent none/LICENSE
    expect_status 1 grep -r SPDX none
}

an_author_that_is_no_text_is_refused() {
    enter authors
    for author in 'a
b' 'a]]b' '[' 'a */ b' 'a$' "a\\" "$(printf 'a\033b')"; do
        expect_misuse "'$author' is no author" --author "$author" demo
    done
    expect_empty .
}

tap_run it_makes_every_file_of_a_project \
    no_macro_is_left_in_a_project \
    the_same_name_gives_the_same_bytes \
    names_that_break_the_rule_are_refused \
    the_longest_name_is_accepted \
    misuse_is_refused_with_a_hint \
    what_is_not_available_is_refused_by_listing_what_is \
    help_names_every_option_that_is_parsed \
    templates_are_found_in_a_moved_prefix_and_through_a_link \
    templates_of_the_environment_come_first \
    a_file_of_the_users_is_not_taken_for_a_template \
    a_repository_is_made_but_not_inside_another \
    every_choice_is_listed_with_its_use \
    options_may_be_short_or_joined \
    output_that_is_lost_is_an_error \
    a_license_is_a_file_and_a_line_in_each_source \
    an_author_that_is_no_text_is_refused
