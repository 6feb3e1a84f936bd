#!/bin/sh
# linkfunc-new and the files: a project is complete or absent, and a folder that has
# files is filled only where none of them was changed.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"
# shellcheck source=tests/support/new.sh
. "$(dirname "$0")/../support/new.sh"

a_folder_with_contents_is_refused_and_untouched() {
    enter taken
    mkdir demo
    echo mine > demo/file
    expect_status 1 "$new" demo
    expect_text "$output" "linkfunc-new: cannot create 'demo': directory exists"
    [ "$(find . -type f)" = ./demo/file ]
    [ "$(cat demo/file)" = mine ]
}

a_file_or_dangling_link_is_refused() {
    enter file
    : > demo
    ln -s nowhere other
    expect_status 1 "$new" demo
    expect_text "$output" "linkfunc-new: cannot create 'demo': file exists"
    expect_status 1 "$new" other
    expect_text "$output" "linkfunc-new: cannot create 'other': file exists"
}

the_current_folder_is_filled_when_forced() {
    enter current
    expect_status 1 "$new" demo --dir .
    expect_text "$output" "linkfunc-new: cannot create '.': it cannot be put in place; --force fills a folder that is there"
    expect_empty .
    expect_status 0 "$new" demo --dir . --force
    test -f src/demo.c
    test -d .git
}

an_empty_folder_is_filled() {
    enter emptied
    mkdir demo
    "$new" --no-git demo
    [ -f demo/src/demo.c ]
}

a_folder_that_fills_meanwhile_is_untouched() {
    enter race
    fake_m4 "mkdir -p '$PWD/demo'; echo mine > '$PWD/demo/file'"
    PATH=$fake:$PATH expect_status 1 "$new" --no-git demo
    expect_text "$output" "linkfunc-new: cannot create 'demo'"
    [ "$(find . -type f)" = ./demo/file ]
}

a_missing_parent_is_refused() {
    expect_status 1 "$new" --dir no/such/demo demo
    expect_text "$output" "linkfunc-new: cannot create 'no/such/demo': no folder 'no/such'"
}

as_ordinary_user() { # COMMAND...
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        "$@"
    fi
}

# A copy of the tool, since the user may not reach a stage in root's home.
reachable_tool() {
    chmod 711 "$work"
    [ -d "$work/reachable" ] || {
        mkdir "$work/reachable"
        cp -R "$STAGE/bin" "$STAGE/share" "$work/reachable"
    }
}

a_read_only_parent_is_refused() {
    reachable_tool
    mkdir "$work/sealed"
    chmod 555 "$work/sealed"
    expect_status 1 as_ordinary_user "$work/reachable/bin/linkfunc-new" --dir "$work/sealed/demo" demo
    expect_text "$output" "linkfunc-new: cannot create '$work/sealed/demo': cannot write to '$work/sealed'"
    expect_empty "$work/sealed"
}

a_failing_template_leaves_nothing() {
    enter failing
    fake_m4 'case $* in *Makefile*) echo broken >&2; exit 1 ;; esac'
    PATH=$fake:$PATH expect_status 1 "$new" --no-git demo
    expect_text "$output" "linkfunc-new: cannot create 'demo': template build-make/Makefile.m4 failed"
    expect_empty .
}

a_warning_of_m4_counts_as_a_failure() {
    enter warning
    fake_m4 'echo warning >&2'
    PATH=$fake:$PATH expect_status 1 "$new" --no-git demo
    expect_empty .
}

a_full_disk_leaves_nothing() {
    enter full
    (ulimit -f 1 && expect_status 1 "$new" --no-git demo)
    expect_empty .
}

missing_m4_is_said() {
    enter no-m4
    mkdir ../without
    for tool in readlink sed grep ls tr cut cat; do
        ln -s "$(command -v "$tool")" ../without
    done
    PATH=$work/without expect_status 1 "$new" demo
    expect_text "$output" 'linkfunc-new: m4 is not installed'
    expect_empty .
}

# Holds linkfunc-new in its second template until it got the signal.
interrupt() { # SIGNAL
    # shellcheck disable=SC2016 # the fake expands it
    fake_m4 'case $* in *gitignore*) ;; *) exec "$real" "$@" ;; esac
echo > "$FIFO.reached"; read -r _ < "$FIFO.go"'
    FIFO=$fake/fifo
    export FIFO
    mkfifo "$FIFO.reached" "$FIFO.go"
    PATH=$fake:$PATH "$new" --no-git demo &
    pid=$!
    read -r _ < "$FIFO.reached"
    kill -"$1" "$pid"
    echo > "$FIFO.go"
    result=0
    wait "$pid" || result=$?
}

a_termination_leaves_nothing() {
    enter terminated
    interrupt TERM
    [ "$result" -eq 143 ]
    expect_empty .
}

a_kill_leaves_no_half_project() {
    enter killed
    interrupt KILL
    [ "$result" -eq 137 ]
    expect_absent demo
}

force_fills_a_folder_of_other_files() {
    enter forced
    mkdir demo demo/src
    echo mine > demo/src/other.c
    "$new" --force demo
    [ "$(cat demo/src/other.c)" = mine ]
    [ -d demo/.git ]
    "$new" --no-git --dir fresh demo
    rm demo/src/other.c
    diff -r -x .git fresh demo
}

force_completes_a_project_and_leaves_what_is_as_generated() {
    enter completed
    "$new" --no-git demo
    rm -r demo/fuzz demo/nginx.conf demo/.linkfunc
    ls -i demo/Makefile > before
    "$new" --no-git -f demo
    "$new" --no-git --dir fresh demo
    diff -r fresh demo
}

force_never_overwrites_a_changed_file() {
    enter kept
    "$new" --no-git demo
    echo mine >> demo/src/demo.c
    rm demo/README.md demo/nginx.conf
    ln -s nowhere demo/nginx.conf
    cp -R demo before
    expect_status 1 "$new" --force demo
    expect_text "$output" "linkfunc-new: cannot fill 'demo': changed: nginx.conf src/demo.c"
    diff -r --no-dereference before demo
}

# Each is in the way of one file, where all before it could have been made.
force_writes_nothing_when_a_place_cannot_be_filled() {
    for file in tests fuzz/corpus .linkfunc .linkfunc/pristine/src; do
        cd "$work"
        enter "place-$(echo "$file" | tr / -)"
        mkdir -p "demo/$file"
        rmdir "demo/$file"
        echo mine > "demo/$file"
        cp -R demo before
        expect_status 1 "$new" --force demo
        expect_text "$output" "linkfunc-new: cannot fill 'demo': 'demo/$file' is no folder"
        diff -r before demo
    done
    for file in tests/test_demo.c .linkfunc/project .linkfunc/pristine/src/demo.c; do
        cd "$work"
        enter "folder-$(echo "$file" | tr / -)"
        mkdir -p "demo/$file"
        expect_status 1 "$new" --force demo
        expect_text "$output" "linkfunc-new: cannot fill 'demo': "
        [ -z "$(find demo -type f)" ]
    done
    cd "$work"
    enter place-link
    mkdir demo
    ln -s nowhere demo/tests
    expect_status 1 "$new" --force demo
    expect_text "$output" "linkfunc-new: cannot fill 'demo': 'demo/tests' is no folder"
    [ "$(ls -A demo)" = tests ]
}

force_writes_nothing_when_a_folder_is_read_only() {
    reachable_tool
    mkdir "$work/locked" "$work/locked/tests"
    chmod 777 "$work/locked"
    chmod 555 "$work/locked/tests"
    expect_status 1 as_ordinary_user "$work/reachable/bin/linkfunc-new" --force --dir "$work/locked" demo
    expect_text "$output" "linkfunc-new: cannot fill '$work/locked': cannot write to '$work/locked/tests'"
    [ "$(ls -A "$work/locked")" = tests ]
}

force_replaces_what_an_older_template_made() {
    enter older
    older_templates "$SOURCE/templates"
    LINKFUNC_TEMPLATES=$PWD/older "$new" --no-git demo
    "$new" --no-git --force demo
    "$new" --no-git --dir fresh demo
    rm demo/.old demo/.linkfunc/pristine/.old
    diff -r fresh demo
}

tap_run a_folder_with_contents_is_refused_and_untouched \
    a_file_or_dangling_link_is_refused \
    an_empty_folder_is_filled \
    the_current_folder_is_filled_when_forced \
    a_folder_that_fills_meanwhile_is_untouched \
    a_missing_parent_is_refused \
    a_read_only_parent_is_refused \
    a_failing_template_leaves_nothing \
    a_warning_of_m4_counts_as_a_failure \
    a_full_disk_leaves_nothing \
    missing_m4_is_said \
    a_termination_leaves_nothing \
    a_kill_leaves_no_half_project \
    force_fills_a_folder_of_other_files \
    force_completes_a_project_and_leaves_what_is_as_generated \
    force_never_overwrites_a_changed_file \
    force_writes_nothing_when_a_place_cannot_be_filled \
    force_writes_nothing_when_a_folder_is_read_only \
    force_replaces_what_an_older_template_made
