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
    (cd my-app && find . -type f | sort) > found
    cat > wanted << 'LIST'
./.clang-format
./.editorconfig
./.github/workflows/ci.yml
./.gitignore
./Makefile
./README.md
./nginx.conf
./src/my-app.c
./tests/test_my-app.c
LIST
    diff wanted found
}

no_macro_is_left_in_a_project() {
    enter macros
    "$new" --no-git my-app
    expect_status 1 grep -rE 'M4_|m4_|NAME\.|\[\[|\]\]' my-app
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
    expect_misuse "unknown option '--.*'" '--.*' demo
    expect_misuse '--template needs a KIND' demo --template
    expect_misuse '--dir needs a PATH' --dir '' demo
    expect_misuse "write '--dir x'" --dir=x demo
    expect_empty .
}

what_is_not_available_is_refused_by_listing_what_is() {
    expect_misuse "no template 'nope'; available: hello" --template nope demo
    expect_misuse "no template 'project'; available: hello" --template project demo
    expect_misuse "no build system 'ant'; available: make" --build ant demo
}

help_names_every_option_that_is_parsed() {
    help=$("$new" --help)
    for option in --template --build --dir --no-git --list --help --version; do
        expect_text "$help" "$option"
    done
    expect_text "$("$new" --list)" 'hello'
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
    a_repository_is_made_but_not_inside_another
