#!/bin/sh
# linkfunc-new --update: newer templates come in, and edits stay.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"
# shellcheck source=tests/support/new.sh
. "$(dirname "$0")/../support/new.sh"

# Made once: as it was, and as it would be made now.
old_project() { # NAME
    [ -d "$work/made" ] || (
        enter "$work/made"
        older_templates "$SOURCE/templates"
        LINKFUNC_TEMPLATES=$PWD/older "$new" --no-git -l MIT -a Me -d was demo
        "$new" --no-git -l MIT -a Me -d fresh demo
    )
    enter "$1"
    cp -R "$work/made/was" was
    cp -R "$work/made/was" demo
    cp -R "$work/made/fresh" fresh
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

an_update_that_cannot_say_what_it_does_is_done_and_an_error() {
    old_project mute
    status=0
    "$new" --update --dir demo > /dev/full 2> said || status=$?
    [ "$status" -eq 1 ]
    [ "$(cat said)" = 'linkfunc-new: cannot write to standard output' ]
    rm demo/.old
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
}

# Of a project whose file has been through sed(1); the message behind its name.
expect_wrong() { # SED-SCRIPT LINE-NUMBER MESSAGE
    sed "$1" made/.linkfunc/project > demo/.linkfunc/project
    expect_status 1 "$new" --update --dir demo
    [ "$output" = "linkfunc-new: demo/.linkfunc/project:$2: $3" ] || {
        echo "$output"
        return 1
    }
    [ "$(find demo -type f)" = demo/.linkfunc/project ]
}

a_project_file_that_is_wrong_is_named_with_its_line() {
    enter wrong
    "$new" --no-git --dir made demo
    mkdir -p demo/.linkfunc
    expect_wrong 's/^name=.*/garbage/' 2 "'garbage' is no line of it; expected KEY=VALUE"
    expect_wrong 's/^template=.*//' 3 "'' is no line of it; expected KEY=VALUE"
    expect_wrong 's/^build=.*/&\r/' 4 'has a control character; expected KEY=VALUE'
    expect_wrong 's/^license=/licence=/' 5 \
        "unknown key 'licence'; expected one of: version name template build license author"
    expect_wrong '$ a name=other' 7 "'name' is there already; expected once"
    expect_wrong 's/^version=.*/version=new/' 1 "version='new': numbers with dots between them are expected"
    expect_wrong 's/^name=.*/name=..\/x/' 2 "'../x' is not a name: a lower-case letter, then up to 63 of a-z 0-9 _ -"
    expect_wrong 's/^name=.*/name=/' 2 "'' is not a name: a lower-case letter, then up to 63 of a-z 0-9 _ -"
    expect_wrong 's/^name=.*/name=int/' 2 "'int' is not a name: it is a C keyword"
    expect_wrong 's/^template=.*/template=nope/' 3 \
        "no template 'nope'; available: auth counter cxx form hello proxy-gate "
    expect_wrong 's/^build=.*/build=/' 4 "no build system ''; available: cmake make meson "
    expect_wrong 's/^license=.*/license=GPL/' 5 "no license 'GPL'; available: BSD-2-Clause MIT none "
    expect_wrong 's/^author=.*/author=a]]b/' 6 \
        "'a]]b' is no author: it must be without control characters and [ ] * \\ \$"
    for key in version name template build license author; do
        expect_wrong "/^$key=/d" 6 "ends without a line $key=VALUE"
    done
}

a_project_file_that_cannot_be_read_is_named() {
    enter unreadable
    mkdir -p demo/.linkfunc/project
    expect_status 1 "$new" --update --dir demo
    [ "$output" = 'linkfunc-new: demo/.linkfunc/project: cannot be read; expected a file' ]
}

# What this one would make of it has less in it.
a_project_of_a_newer_version_is_not_updated() {
    old_project newer
    version=$("$new" --version | sed 's/.* //')
    for newer in 9.0.0 "$version.1" "1$version"; do
        sed "s/^version=.*/version=$newer/" was/.linkfunc/project > demo/.linkfunc/project
        cp -R demo before
        expect_status 1 "$new" --update --dir demo
        [ "$output" = "linkfunc-new: cannot update 'demo': linkfunc-new $newer made it, and this is $version, \
which is older; install version $newer or a newer one" ]
        diff -r before demo
        rm -r before
    done
    sed 's/^version=.*/version=0.0.9/' was/.linkfunc/project > demo/.linkfunc/project
    "$new" --update --dir demo
    diff fresh/.linkfunc/project demo/.linkfunc/project
}

a_template_that_fails_updates_nothing() {
    old_project broken
    fake_m4 'case $* in *Makefile*) echo broken >&2; exit 1 ;; esac'
    PATH=$fake:$PATH expect_status 1 "$new" --update --dir demo
    diff -r was demo
}

tap_run an_unchanged_project_becomes_what_would_be_made_now \
    an_update_that_cannot_say_what_it_does_is_done_and_an_error \
    edits_are_kept_by_an_update \
    what_both_sides_changed_alike_is_no_conflict \
    a_file_that_was_deleted_stays_deleted \
    conflicts_are_listed_and_lose_nothing \
    resolved_conflicts_stay_resolved \
    a_killed_update_leaves_whole_files_and_is_done_again \
    a_folder_that_is_no_project_is_not_updated \
    a_project_file_that_is_wrong_is_named_with_its_line \
    a_project_file_that_cannot_be_read_is_named \
    a_project_of_a_newer_version_is_not_updated \
    a_template_that_fails_updates_nothing
