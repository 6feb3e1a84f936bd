#!/bin/sh
# linkfunc-run: how it has a project built, and what becomes of a build.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"
# shellcheck source=tests/support/run.sh
. "$(dirname "$0")/../support/run.sh"

a_build_that_fails_shows_why_and_keeps_the_old_code() {
    enter broken
    make_project
    start_told project
    edit 's/^void hello_json/voit hello_json/'
    wait_until logged 'linkfunc-run: not reloaded: the build failed; what ran before keeps serving'
    logged 'unknown type name'
    answers Hello
    edit 's/^voit hello_json/void hello_json/; s/Hello, %s/Again, %s/'
    wait_until has_reloaded 1
    answers Again
}

builds_are() { # NUMBER
    [ "$(wc -l < builds)" -eq "$1" ]
}

the_configuration_alone_builds_nothing() {
    enter conf
    plain_project
    start_told --build "echo >> '$PWD/builds'" project
    builds_are 1
    edit 's/first/second/' nginx.conf
    wait_until has_reloaded 1
    [ "$(get greeting)" = second ]
    builds_are 1
    echo second > project/html/page
    wait_until has_reloaded 2
    builds_are 2
    [ "$(get page)" = second ]
}

changes_are() { # NUMBER
    [ "$(grep -c ' changed$' "$log")" -eq "$1" ]
}

# The first build goes on until the second edit has been made.
an_edit_during_a_build_leads_to_another() {
    enter during
    plain_project
    mkfifo gate
    start_told --build "echo >> '$PWD/builds'; [ \$(wc -l < '$PWD/builds') -ne 2 ] || cat '$PWD/gate'" project
    echo second > project/html/page
    wait_until builds_are 2
    echo third > project/html/page
    wait_until changes_are 2
    : > gate
    wait_until has_reloaded 1
    [ "$(get page)" = third ]
    builds_are 3
}

a_project_that_does_not_build_is_not_served() {
    enter unbuilt
    plain_project
    expect_status 1 "$run" --build 'echo why; false' project
    [ "$output" = "why
linkfunc-run: cannot serve '$PWD/project': the build failed" ]
    expect_no_prefix
}

# What a build starts, and what that starts; one of them obeys nobody.
stubborn_build() {
    cat > build.sh << 'TEXT'
mktemp > temporary
trap 'rm -f "$(cat temporary)"; exit 1' TERM
(trap '' TERM INT HUP; echo >&3; exec sleep 1000) &
echo $! > stubborn
wait
TEXT
    mkfifo begun
    build="cd '$PWD' && exec sh build.sh 3> begun"
}

an_end_in_the_middle_of_a_build_leaves_nothing() {
    for number in INT TERM KILL; do
        cd "$work"
        enter "middle-$number"
        plain_project
        stubborn_build
        "$run" --build "$build" project > said 2> log &
        pid=$!
        trap 'kill -KILL "$pid" 2> /dev/null || :' EXIT
        read -r _ < begun
        kill -"$number" "$pid"
        finish
        wait_until all_gone "$(cat stubborn)"
        wait_until [ ! -e "$(cat temporary)" ]
        [ "$number" = KILL ] || expect_no_prefix
    done
}

a_terminal_that_closes_in_the_middle_of_a_build_leaves_nothing() {
    enter hangup
    plain_project
    stubborn_build
    echo "$build" > build-command
    script -qefc "exec '$run' --build \"\$(cat build-command)\" project" log > /dev/null 2>&1 < /dev/null &
    terminal=$!
    trap 'kill -KILL "$terminal" 2> /dev/null || :' EXIT
    read -r _ < begun
    pid=$(pgrep -P "$terminal")
    kill -KILL "$terminal"
    wait "$terminal" || :
    wait_until all_gone "$pid" "$(cat stubborn)"
    expect_no_prefix
}

# Flags and variables that were given to make hold for its builds too; its job
# server does not reach so far.
make_run_builds_as_it_was_told_to() {
    enter make
    make_project
    setsid make -j2 -s -C project run CPPFLAGS=-DTOLD > told 2> log &
    pid=$!
    log=log
    trap 'kill -TERM "-$pid"; wait "$pid" || :' EXIT
    wait_for_serving told
    edit 's/^void hello_json/#ifndef TOLD\n#error untold\n#endif\n&/; s/Hello, %s/Told, %s/'
    wait_until has_reloaded 1
    answers Told
    expect_status 1 grep -i -e jobserver -e 'cc ' -e 'Entering' log
}

# What a command is told by the make that started all, and what it is not.
the_job_server_of_make_does_not_reach_the_build() {
    enter job-server
    plain_project
    cat > Makefile << TEXT
run:
	exec '$run' --build "env > '$PWD/environment'" project
TEXT
    CC=untold setsid make -j2 -s -k CC=told 'WORDS=-j4 text' run > told 2> log &
    pid=$!
    trap 'kill -TERM "-$pid"; wait "$pid" || :' EXIT
    wait_for_serving told
    expect_status 1 grep -E '^(MFLAGS|MAKELEVEL)=|^MAKEFLAGS=.* -j2|jobserver' environment
    grep -q '^MAKEFLAGS=.*k.* CC=told' environment
    grep -q '^MAKEFLAGS=.* WORDS=-j4\\ text' environment
    grep -q '^CC=told$' environment
}

# A project whose tests, which do not compile, are built by default too.
untestable_project() { # BUILD-SYSTEM
    "$STAGE/bin/linkfunc-new" --build "$1" --no-git --dir project hello > /dev/null
    [ "$1" != make ] || edit 's|^all: .*|& build/plain/test|' Makefile
    echo 'no C' > project/tests/test_hello.c
}

# A Ninja file and a Makefile that CMake made are known by themselves.
the_library_alone_is_built_by_every_build_system() {
    for system in make cmake:Ninja 'cmake:Unix Makefiles' meson; do
        cd "$work"
        enter "by-$(echo "$system" | tr -d ': ')"
        untestable_project "${system%:*}"
        (
            CMAKE_GENERATOR=${system#*:} start_told project
            greet_with Good
            wait_until has_reloaded 1
            answers Good
        )
    done
}

# It is that of another target than before, whose folder is still there, and lies
# deeper.
a_target_of_cmake_is_found_behind_its_name_and_place() {
    enter renamed
    untestable_project cmake
    edit 's/handlers/a-handler/
        /^set_target_properties(a-handler/ s|)$| LIBRARY_OUTPUT_DIRECTORY deep)|' CMakeLists.txt
    edit 's|build/|build/deep/|' nginx.conf
    for rename in '' s/a-handler/z-handler/; do
        edit "$rename" CMakeLists.txt
        cmake -G 'Unix Makefiles' -S project -B project/build > configured
    done
    grep -q '^deep/libhello.so: ' project/build/CMakeFiles/a-handler.dir/build.make
    start_told project
    answers Hello
}

# A rule of another name makes it, so that all has to be built.
a_library_that_make_has_no_rule_for_is_built_by_default() {
    enter recursive
    make_project
    mv project/Makefile project/rules.mk
    # shellcheck disable=SC2016 # a variable of make
    printf 'everything:\n\t$(MAKE) -f rules.mk\n' > project/Makefile
    start_told project
    greet_with Good
    wait_until has_reloaded 1
    answers Good
}

tap_run a_build_that_fails_shows_why_and_keeps_the_old_code \
    the_configuration_alone_builds_nothing \
    an_edit_during_a_build_leads_to_another \
    a_project_that_does_not_build_is_not_served \
    an_end_in_the_middle_of_a_build_leaves_nothing \
    a_terminal_that_closes_in_the_middle_of_a_build_leaves_nothing \
    make_run_builds_as_it_was_told_to \
    the_job_server_of_make_does_not_reach_the_build \
    the_library_alone_is_built_by_every_build_system \
    a_target_of_cmake_is_found_behind_its_name_and_place \
    a_library_that_make_has_no_rule_for_is_built_by_default
