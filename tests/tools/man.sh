#!/bin/sh
# The manual pages of the staged tools and headers, read by the real man.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

man=$STAGE/share/man
PATH=$STAGE/bin:$PATH
unset MANPATH MANOPT MANSECT
export MANWIDTH=200 MANPAGER=cat

page() { # SECTION NAME
    man -M "$man" "$1" "$2"
}

tools() {
    (cd "$STAGE/bin" && ls -d linkfunc-*)
}

# "-x, --flag ARGUMENT" for each option, of a text that begins lines with it.
options() {
    sed -nE 's/^ +((-., )?--[a-z-]+( [A-Z][A-Z=]*)?)( .*)?$/\1/p' | sort
}

# What one of them says and the other does not.
expect_same() { # FILE FILE
    test -s "$1"
    diff -u "$1" "$2"
}

every_tool_has_a_page_with_its_options_and_no_others() {
    test "$(tools | wc -l)" -ge 4
    for tool in $(tools); do
        "$tool" --help | options > of_help
        page 1 "$tool" | sed '/^EXAMPLES/,$d' | options > of_page
        expect_same of_help of_page
    done
}

every_page_of_a_tool_tells_what_can_happen() {
    for tool in $(tools); do
        page 1 "$tool" > text
        for heading in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
            grep -qx "$heading" text || {
                echo "$tool: no $heading"
                return 1
            }
        done
    done
}

# As --help writes it, but for the blank before the dots.
every_page_shows_the_usage_of_help() {
    for tool in $(tools); do
        "$tool" --help | sed -n 's/^usage: //p; s/^       \([^ ]\)/\1/p' \
            | sed 's/^\(.*\.\.\. \)\(.*\) | /\1\2\n\1/' > of_help
        page 1 "$tool" | sed -n '/^SYNOPSIS/,/^DESCRIPTION/s/^     //p' | sed 's/ \.\.\.\]/].../' > of_page
        expect_same of_help of_page
    done
}

the_page_of_the_set_names_every_tool_and_no_other() {
    tools > names
    page 1 linkfunc | sed -nE 's/^ +(linkfunc-[a-z]+)\(1\).*/\1/p' | sort -u > of_page
    expect_same names of_page
}

the_page_of_the_check_has_its_rules_and_no_others() {
    sed -n 's/^    {"\([a-z0-9.-]*\)", CHECK_.*/\1/p' "$SOURCE/tools/rules/rules.c" | sort > rules
    page 1 linkfunc-check | sed -n '/^   Rules/,/^EXIT/s/^     \([a-z][a-z0-9.,-]*\)/\1/p' \
        | sed 's/^\([a-z0-9.-]*\)  .*/\1/' | sed 's/, /\n/g' | grep -E '^[a-z0-9.-]+$' | sort > of_page
    expect_same rules of_page
}

headers="$STAGE/include/ngx_link_func_module.h $STAGE/include/ngx_link_func_mock.h $STAGE/include/ngx_link_func_cmocka.h"

# Functions, types and macros, by other means than those that made the pages.
declared() {
    for header in $headers; do
        cc -E -P "-I$STAGE/include" "$header" | grep -oE '\b(ngx_link_func|assert)_[a-z0-9_]*[a-z0-9]\b *\(' | tr -d ' ('
        sed -nE 's/^(\} |typedef .*[ (*])(ngx_link_func_[a-z0-9_]*_t)(;|\)\().*/\2/p' "$header"
        sed -nE 's/^#define ([a-z][a-z0-9_]*).*/\1/p' "$header"
    done | grep -E '^(ngx_link_func|assert_(response|log|oom))_' | grep -v '_$' | sort -u
}

every_declaration_of_the_headers_has_a_page_and_no_page_is_left_over() {
    declared > names
    test "$(wc -l < names)" -gt 120
    (cd "$man/man3" && ls) | sed -n 's/\.3$//p' | grep -vE '^(ngx_link_func_(module|mock|cmocka)|NGX_.*)$' > pages
    expect_same names pages
}

# A name's page has the name, how it is declared, and where.  They are many, and
# mandoc is quick.
every_page_of_a_declaration_shows_it() {
    for name in $(declared); do
        echo "page $name"
        (cd "$man" && mandoc -T ascii -O width=200 "man3/$name.3")
    done | col -b > text
    awk '
        function has(name) { return (" " $0 " ") ~ ("[^A-Za-z0-9_]" name "[^A-Za-z0-9_]") }
        function judge() {
            if (name != "" && named * shown * included == 0) {
                print name ": not all in its NAME and SYNOPSIS"
                wrong = 1
            }
        }
        /^page / { judge(); name = $2; named = shown = included = 0; pages++; next }
        /^[A-Z]/ { section = $1 }
        section == "NAME" && has(name) { named = 1 }
        section == "SYNOPSIS" && has(name) { shown = 1 }
        section == "SYNOPSIS" && /#include <ngx_link_func_[a-z]*\.h>/ { included = 1 }
        END { judge(); exit wrong || pages < 120 }
    ' text
}

a_page_of_a_function_has_its_prototype_and_its_comment() {
    page 3 ngx_link_func_write_resp > text
    expect_text "$(cat text)" 'void ngx_link_func_write_resp(ngx_link_func_ctx_t *ctx, uintptr_t status_code, const char *status_line,'
    expect_text "$(cat text)" 'const char *content_type, const char *resp_content, size_t resp_len);'
    expect_text "$(cat text)" 'HEAD, 204 and 304 never carry a body.'
    page 3 ngx_link_func_dict_incr > text
    expect_text "$(cat text)" 'TYPE for a value of another size'
    expect_text "$(cat text)" 'Keys and values are bytes with a length'
    expect_text "$(cat text)" 'Since version 35 of the interface.'
}

a_page_of_a_type_or_macro_shows_what_it_stands_for() {
    expect_text "$(page 3 ngx_link_func_status_t)" 'NGX_LINK_FUNC_EXISTS = -5,       /* dict_add found the key */'
    expect_text "$(page 3 ngx_link_func_content_type_json)" '"application/json"'
    expect_text "$(page 3 assert_response_body)" 'The body is exactly this NUL-terminated text.'
}

a_header_has_a_page_that_lists_what_it_declares() {
    page 3 ngx_link_func_module > text
    expect_text "$(cat text)" 'A function is never removed'
    page 3 ngx_link_func_mock >> text
    page 3 ngx_link_func_cmocka >> text
    sed -nE 's/^ +([A-Za-z_0-9]+)\(3\)$/\1/p' text | grep -v '^NGX_' | sort -u > of_page
    declared > names
    expect_same names of_page
}

# Not the links, which are one line.
pages() {
    grep -L '^\.so ' "$man"/man*/*
}

the_formatters_have_nothing_to_say() {
    # shellcheck disable=SC2046 # a list of files
    mandoc -T lint -W warning $(pages)
    # Long names leave gaps, of which it would tell ("break").
    # shellcheck disable=SC2046
    groff -ww -W break -mandoc -z $(pages) > said 2>&1
    cat said
    test ! -s said
}

indexers_find_the_name_and_what_it_is() {
    # shellcheck disable=SC2046
    lexgrog $(pages) > found
    expect_text "$(cat found)" '"linkfunc-check - say what NGINX would trip over in a library"'
    expect_text "$(cat found)" '"ngx_link_func_palloc - '
    expect_text "$(cat found)" '"ngx_link_func_pcalloc - '
}

every_page_of_ours_that_a_page_refers_to_is_there() {
    cat "$man"/man*/* | sed -nE 's/^\.(It )?Xr ((linkfunc|ngx_link_func|assert_)[^ ]*) ([0-9]).*/man\4\/\2.\4/p' | sort -u > referred
    test "$(wc -l < referred)" -gt 120
    (cd "$man" && xargs ls) < referred > there
    cat "$man"/man*/* | sed -n 's/^\.so //p' > links
    test -s links
    (cd "$man" && xargs ls) < links > there
}

tap_run every_tool_has_a_page_with_its_options_and_no_others \
    every_page_of_a_tool_tells_what_can_happen every_page_shows_the_usage_of_help \
    the_page_of_the_set_names_every_tool_and_no_other the_page_of_the_check_has_its_rules_and_no_others \
    every_declaration_of_the_headers_has_a_page_and_no_page_is_left_over every_page_of_a_declaration_shows_it \
    a_page_of_a_function_has_its_prototype_and_its_comment a_page_of_a_type_or_macro_shows_what_it_stands_for \
    a_header_has_a_page_that_lists_what_it_declares the_formatters_have_nothing_to_say \
    indexers_find_the_name_and_what_it_is every_page_of_ours_that_a_page_refers_to_is_there
