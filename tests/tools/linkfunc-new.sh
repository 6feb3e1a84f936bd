#!/bin/sh
# linkfunc-new: its refusals, and that a project is complete or absent.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

new=$STAGE/bin/linkfunc-new

expect_misuse() { # MESSAGE ARGUMENT...
    message=$1
    shift
    expect_status 2 "$new" "$@"
    expect_text "$output" "linkfunc-new: $message"
    expect_text "$output" "Try 'linkfunc-new --help'."
}

expect_absent() { # PATH
    [ ! -e "$1" ] || {
        echo "$1 exists"
        return 1
    }
}

# No staging folder was left either.
expect_empty() { # FOLDER
    [ -z "$(ls -A "$1")" ] || {
        ls -A "$1"
        return 1
    }
}

# A folder of its own for each test that calls this.
enter() { # NAME
    mkdir "$1"
    cd "$1"
}

# An m4 that runs these lines first; $real is the true one.
fake_m4() { # LINES
    real=$(command -v m4)
    mkdir ../fake-"${PWD##*/}"
    fake=$(cd ../fake-"${PWD##*/}" && pwd)
    printf '#!/bin/sh\nreal=%s\n%s\nexec %s "$@"\n' "$real" "$1" "$real" > "$fake/m4"
    chmod +x "$fake/m4"
}

as_ordinary_user() { # COMMAND...
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        "$@"
    fi
}

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
    for name in int while auto restrict; do
        expect_misuse "'$name' is not a name: it is a C keyword" "$name"
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
    expect_misuse '--force takes no value' -fx demo
    expect_misuse "unexpected argument '--list'" demo -- --list
    expect_misuse '--update goes with --dir only' --update demo
    expect_misuse '--update goes with --dir only' --update -t hello
    expect_misuse '--update goes with --dir only' -u -f
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

# A copy of the tool, since the user may not reach a stage in root's home.
a_read_only_parent_is_refused() {
    chmod 711 "$work"
    mkdir "$work/sealed" "$work/reachable"
    chmod 555 "$work/sealed"
    cp -R "$STAGE/bin" "$STAGE/share" "$work/reachable"
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
    grep -q auth_check short/src/demo.c
    [ -f short/CMakeLists.txt ]
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

#
# --force
#

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

force_replaces_what_an_older_template_made() {
    enter older
    older_templates "$SOURCE/templates"
    LINKFUNC_TEMPLATES=$PWD/older "$new" --no-git demo
    "$new" --no-git --force demo
    "$new" --no-git --dir fresh demo
    rm demo/.old demo/.linkfunc/pristine/.old
    diff -r fresh demo
}

#
# --update
#

# Templates of an earlier version: one line less in two files, one file more,
# one less.
older_templates() { # TEMPLATES
    cp -R "$1" older
    sed -i '/^error_log/d' older/nginx.m4
    sed -i '/^AllowShortFunctions/d' older/project/clang-format.m4
    sed -i '/editorconfig/d' older/project/manifest
    echo 'file clang-format.m4 .old' >> older/project/manifest
}

old_project() { # NAME
    enter "$1"
    older_templates "$SOURCE/templates"
    LINKFUNC_TEMPLATES=$PWD/older "$new" --no-git -l MIT -a Me demo
    cp -R demo was
    "$new" --no-git -l MIT -a Me -d fresh demo
}

an_unchanged_project_becomes_what_would_be_made_now() {
    old_project plain-update
    output=$(cd demo && "$new" --update)
    expect_text "$output" 'merged    nginx.conf'
    expect_text "$output" 'added     .editorconfig'
    expect_text "$output" 'released  .old'
    cmp demo/.old was/.old
    rm demo/.old
    diff -r fresh demo
    [ -z "$("$new" --update --dir demo)" ]
    diff -r fresh demo
}

edits_are_kept_by_an_update() {
    old_project edited
    printf '\n# mine\n' >> demo/nginx.conf
    echo '/* mine */' >> demo/src/demo.c
    chmod 600 demo/nginx.conf
    "$new" -u -d demo
    { cat fresh/nginx.conf && printf '\n# mine\n'; } | diff - demo/nginx.conf
    { cat was/src/demo.c && echo '/* mine */'; } | diff - demo/src/demo.c
    [ "$(stat -c %a demo/nginx.conf)" = 600 ]
    diff -r fresh/.linkfunc demo/.linkfunc
}

what_both_sides_changed_alike_is_no_conflict() {
    old_project alike
    cp fresh/nginx.conf demo/
    printf '\n# mine\n' >> demo/nginx.conf
    cp demo/nginx.conf mine
    "$new" -u -d demo
    cmp mine demo/nginx.conf
}

a_file_that_was_deleted_stays_deleted() {
    old_project deleted
    rm demo/nginx.conf demo/fuzz/run.sh
    expect_text "$("$new" -u -d demo)" 'deleted   nginx.conf'
    expect_absent demo/nginx.conf
    expect_absent demo/fuzz/run.sh
    [ -z "$("$new" -u -d demo)" ]
}

conflicts_are_listed_and_lose_nothing() {
    old_project conflicting
    sed -i 's/^pid nginx.pid;/error_log my.log;\npid my.pid;/' demo/nginx.conf
    echo mine > demo/.editorconfig
    rm demo/.clang-format
    ln -s elsewhere demo/.clang-format
    expect_status 1 "$new" --update --dir demo
    for file in .clang-format .editorconfig nginx.conf; do
        expect_text "$output" "conflict  $file"
    done
    expect_text "$output" 'linkfunc-new: there are conflicts'
    for line in '<<<<<<< nginx.conf (yours)' 'error_log my.log;' 'error_log stderr info;' '>>>>>>> nginx.conf (linkfunc-new'; do
        grep -qF "$line" demo/nginx.conf
    done
    grep -qx mine demo/.editorconfig
    grep -qx 'root = true' demo/.editorconfig
    [ "$(readlink demo/.clang-format)" = elsewhere ]
    expect_status 1 "$new" --update --dir demo
    expect_text "$output" 'resolve the conflicts of an earlier update first: .editorconfig nginx.conf'
}

resolved_conflicts_stay_resolved() {
    old_project resolved
    sed -i 's/^pid nginx.pid;/error_log my.log;\npid my.pid;/' demo/nginx.conf
    expect_status 1 "$new" --update --dir demo
    echo mine > demo/nginx.conf
    [ -z "$("$new" --update --dir demo)" ]
    [ "$(cat demo/nginx.conf)" = mine ]
}

# Tools that kill the update in place of call number $LAST of one of them: those
# that touch the project, where cp and diff3 only write to the staging folder.
killing_tools() {
    mkdir ../killing
    for tool in mv ln rm; do
        {
            printf '#!/bin/sh\n'
            # shellcheck disable=SC2016 # the fake expands it
            printf 'echo >> "$COUNT"\n[ "$(wc -l < "$COUNT")" -ne "$LAST" ] || exec kill -KILL "$PPID"\n'
            printf 'exec %s "$@"\n' "$(command -v "$tool")"
        } > "../killing/$tool"
        chmod +x "../killing/$tool"
    done
    COUNT=$PWD/count
    export COUNT LAST
}

# So few that an update is quick.
small_templates() {
    cp -R "$SOURCE/templates" small
    for folder in small/*/; do
        sed -i '/^file/d' "$folder/manifest"
    done
    echo 'file nginx.conf.m4 nginx.conf' >> small/hello/manifest
    printf 'file clang-format.m4 .clang-format\nfile editorconfig.m4 .editorconfig\n' >> small/project/manifest
}

a_killed_update_leaves_whole_files_and_is_done_again() {
    enter cut
    small_templates
    older_templates small
    LINKFUNC_TEMPLATES=$PWD/older "$new" --no-git -d was demo
    export LINKFUNC_TEMPLATES="$PWD/small"
    printf '\n# mine\n' >> was/nginx.conf
    "$new" --no-git -d wanted demo
    printf '\n# mine\n' >> wanted/nginx.conf
    cp was/.old wanted/
    killing_tools
    LAST=0
    result=137
    while [ "$result" -eq 137 ]; do
        LAST=$((LAST + 1))
        : > count
        rm -rf demo
        cp -R was demo
        result=0
        PATH=$PWD/../killing:$PATH "$new" -u -d demo || result=$?
        for file in nginx.conf .clang-format .old .linkfunc/project .linkfunc/pristine/nginx.conf; do
            cmp "demo/$file" "was/$file" || cmp "demo/$file" "wanted/$file"
        done
        "$new" -u -d demo
        diff -r wanted demo
    done
    [ "$LAST" -gt 10 ]
    [ "$result" -eq 0 ]
}

a_folder_that_is_no_project_is_not_updated() {
    enter strange
    mkdir demo
    expect_status 1 "$new" --update --dir demo
    expect_text "$output" "linkfunc-new: 'demo' is no project of linkfunc-new"
    expect_status 1 "$new" --update --dir nowhere
    expect_text "$output" "linkfunc-new: no folder 'nowhere'"
    expect_empty demo
    "$new" --no-git made
    echo 'name=../../x' >> made/.linkfunc/project
    expect_misuse "'../../x' is not a name" --update --dir made
}

a_template_that_fails_updates_nothing() {
    old_project broken
    fake_m4 'case $* in *Makefile*) echo broken >&2; exit 1 ;; esac'
    PATH=$fake:$PATH expect_status 1 "$new" --update --dir demo
    diff -r was demo
}

tap_run it_makes_every_file_of_a_project \
    no_macro_is_left_in_a_project \
    the_same_name_gives_the_same_bytes \
    names_that_break_the_rule_are_refused \
    the_longest_name_is_accepted \
    misuse_is_refused_with_a_hint \
    what_is_not_available_is_refused_by_listing_what_is \
    help_names_every_option_that_is_parsed \
    a_folder_with_contents_is_refused_and_untouched \
    a_file_or_dangling_link_is_refused \
    an_empty_folder_is_filled \
    a_folder_that_fills_meanwhile_is_untouched \
    a_missing_parent_is_refused \
    a_read_only_parent_is_refused \
    a_failing_template_leaves_nothing \
    a_warning_of_m4_counts_as_a_failure \
    a_full_disk_leaves_nothing \
    missing_m4_is_said \
    a_termination_leaves_nothing \
    a_kill_leaves_no_half_project \
    templates_are_found_in_a_moved_prefix_and_through_a_link \
    templates_of_the_environment_come_first \
    a_file_of_the_users_is_not_taken_for_a_template \
    a_repository_is_made_but_not_inside_another \
    every_choice_is_listed_with_its_use \
    options_may_be_short_or_joined \
    a_license_is_a_file_and_a_line_in_each_source \
    an_author_that_is_no_text_is_refused \
    force_fills_a_folder_of_other_files \
    force_completes_a_project_and_leaves_what_is_as_generated \
    force_never_overwrites_a_changed_file \
    force_replaces_what_an_older_template_made \
    an_unchanged_project_becomes_what_would_be_made_now \
    edits_are_kept_by_an_update \
    what_both_sides_changed_alike_is_no_conflict \
    a_file_that_was_deleted_stays_deleted \
    conflicts_are_listed_and_lose_nothing \
    resolved_conflicts_stay_resolved \
    a_killed_update_leaves_whole_files_and_is_done_again \
    a_folder_that_is_no_project_is_not_updated \
    a_template_that_fails_updates_nothing
