#!/bin/sh
# linkfunc-deploy before a real NGINX: what is proven, and what is taken back.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"
# shellcheck source=tests/support/deploy.sh
. "$(dirname "$0")/../support/deploy.sh"

# Says so in each case where the old version was put back and proven.
expect_restored() {
    expect_text "$output" "linkfunc-deploy: 'lib/app.so' is the version of before again"
    expect_text "$output" 'linkfunc-deploy: nginx was reloaded with that'
    is_version one lib/app.so
    expect_files app.so
    answers one
}

a_new_version_is_installed_and_proven() {
    enter new
    start one
    answers one
    deploys --probe "$url/" "$work/two.so" lib/app.so
    expect_text "$output" "linkfunc-check accepts '$work/two.so'"
    expect_text "$output" "nginx -t accepts '$PWD/nginx.conf'"
    expect_text "$output" "told the master process $master to reload"
    expect_text "$output" "proven: 2 new workers run 'lib/app.so'"
    expect_text "$output" "the probe '$url/' was answered with 200"
    is_version two lib/app.so
    is_version one lib/app.so.previous
    expect_files app.so app.so.previous
    answers two
}

a_rollback_brings_the_previous_version_and_a_second_one_returns() {
    enter rollback
    start one
    deploys "$work/two.so" lib/app.so
    deploys --rollback lib/app.so
    answers one
    is_version two lib/app.so.previous
    deploys --rollback lib/app.so
    answers two
    is_version one lib/app.so.previous
    expect_files app.so app.so.previous
}

what_has_not_changed_is_left_alone_and_proven() {
    enter same
    start one
    chmod 755 lib/app.so
    stat -c '%i %a %y %z' lib/app.so > before
    deploys "$work/one.so" lib/app.so
    expect_text "$output" "nothing has changed: 'lib/app.so' is the same already"
    expect_text "$output" "proven: 2 new workers run 'lib/app.so'"
    stat -c '%i %a %y %z' lib/app.so | diff before -
    expect_files app.so
}

a_finding_of_the_check_refuses_it() {
    enter finding
    start one
    library nameless -DNO_ANSWER
    (cd lib && listing) > before
    fails "$work/nameless.so" lib/app.so
    expect_text "$output" 'function-not-found'
    expect_text "$output" nginx.conf:12:
    expect_text "$output" "linkfunc-deploy: linkfunc-check refuses '$work/nameless.so'"
    (cd lib && listing) | diff before -
    ! grep 'signal 1 (SIGHUP)' error.log
}

a_rule_can_be_ignored() {
    enter ignored
    start one
    library sleeper '-DCONSTRUCTOR=if (getpid() == 0) { sleep(1); }'
    fails "$work/sleeper.so" lib/app.so
    expect_text "$output" 'blocking-import'
    deploys --ignore blocking-import "$work/sleeper.so" lib/app.so
    answers sleeper
}

what_nginx_refuses_is_taken_back() {
    enter refused
    start one
    library exits '-DCONSTRUCTOR=_exit(7);'
    fails "$work/exits.so" lib/app.so
    expect_text "$output" '[emerg]'
    expect_text "$output" "linkfunc-deploy: nginx refuses the configuration '$PWD/nginx.conf'"
    expect_text "$output" "linkfunc-deploy: 'lib/app.so' is the version of before again"
    expect_text "$output" 'linkfunc-deploy: nginx was not reloaded'
    is_version one lib/app.so
    answers one
    ! grep 'signal 1 (SIGHUP)' error.log
}

a_probe_that_is_not_answered_with_2xx_takes_it_back() {
    enter probe
    start one
    library wrong -DSTATUS=500
    fails --probe "$url/" "$work/wrong.so" lib/app.so
    expect_text "$output" "linkfunc-deploy: the probe '$url/' was answered with 500, and 2xx is expected"
    expect_restored
    fails --probe "$url/stock" --probe "$url/moved" "$work/two.so" lib/app.so
    expect_text "$output" "the probe '$url/moved' was answered with 302"
    expect_restored
}

a_library_whose_init_fails_is_found_by_a_probe() {
    enter init
    start one
    library noinit '-UINIT' '-DINIT=cycle->has_error = 1'
    fails --probe "$url/" "$work/noinit.so" lib/app.so
    expect_text "$output" 'was answered with 503'
    expect_restored
}

a_reload_that_the_master_refuses_silently_is_noticed() {
    enter silent
    start one
    library once "-DCONSTRUCTOR=if (mkdir(\"$PWD/marks/once\", 0755) != 0) { _exit(7); }"
    fails --timeout 3 "$work/once.so" lib/app.so
    expect_text "$output" 'the reload is not proven: within 3 seconds there was no new worker'
    expect_restored
}

workers_that_do_not_stay_are_noticed() {
    enter dying
    start one
    library dying '-UINIT' '-DINIT=die_soon()'
    fails --timeout 3 "$work/dying.so" lib/app.so
    expect_text "$output" 'linkfunc-deploy: the reload is not proven: within 3 seconds there was no new worker that stays'
    expect_restored
}

a_master_of_another_configuration_proves_nothing() {
    enter other
    start one
    mkdir mine
    sed 's|lib/app.so|mine/app.so|; s|listen.conf|mine/listen.conf|' nginx.conf > mine.conf
    cp listen.conf mine
    cp lib/app.so mine
    fails -c mine.conf "$work/two.so" mine/app.so
    expect_text "$output" "has not loaded 'mine/app.so'"
    is_version one mine/app.so
    answers one
}

what_cannot_be_brought_back_is_said() {
    enter stuck
    start one
    # Passes nginx -t once, and leaves a configuration that nobody can load.
    cat > breaks << TEXT
#!/bin/sh
[ "\$1" != -T ] || trap 'echo bogus >> $PWD/nginx.conf' EXIT
$nginx "\$@"
TEXT
    chmod 755 breaks
    fails --timeout 1 --nginx breaks "$work/two.so" lib/app.so
    expect_text "$output" 'there was no new worker'
    expect_text "$output" "linkfunc-deploy: 'lib/app.so' is the version of before again"
    expect_text "$output" 'not reloaded with that, as it refuses its configuration'
    expect_text "$output" 'the workers that serve have loaded what was there before'
    is_version one lib/app.so
    answers one
}

the_first_deployment_leaves_no_file_when_it_fails() {
    enter first
    mv nginx.conf whole.conf
    grep -v ngx_link_func_ whole.conf > nginx.conf
    start
    cp whole.conf nginx.conf
    library wrong -DSTATUS=500
    fails --probe "$url/" "$work/wrong.so" lib/
    expect_text "$output" "'lib/wrong.so'"
    fails --probe "$url/" "$work/wrong.so" lib/app.so
    expect_text "$output" "linkfunc-deploy: 'lib/app.so' was removed: there was none before"
    expect_text "$output" 'the workers that serve have loaded what was refused just now'
    [ -z "$(ls -A lib)" ]
    deploys --probe "$url/" "$work/two.so" lib/app.so
    answers two
    expect_files app.so
}

memory_that_cannot_be_read_is_said() {
    [ "$(id -u)" -eq 0 ] || return 0
    enter hidden
    start one
    expect_status 0 setpriv --bounding-set -sys_ptrace "$deploy" -c nginx.conf -p . "$work/two.so" lib/app.so
    expect_text "$output" 'what it has loaded is not proven'
    expect_text "$output" '2 new workers run'
    answers two
}

running_worker() {
    for pid in $(pgrep -P "$master"); do
        ! grep -q '^State:.R' "/proc/$pid/status" || echo "$pid"
    done
}

a_worker_is_busy() {
    [ -n "$(running_worker)" ]
}

a_busy_worker_of_before_is_no_fault_of_the_new_version() {
    enter busy
    library busy -DBUSY
    start busy
    curl -s --noproxy '*' "$url/wait" > wait.log 2>&1 &
    background=$!
    wait_until a_worker_is_busy
    stuck=$(running_worker)
    deploys --timeout 2 "$work/two.so" lib/app.so
    expect_text "$output" '1 of the workers of before are busy still'
    answers two
    kill -KILL "$stuck"
    wait "$background" || :
    background=
}

# It serves nothing, but stays, and the master cannot make it leave.
a_version_that_hangs_is_taken_back_and_hinders_no_later_one() {
    enter hanging
    library hanging -UINIT '-DINIT=for (;;) { pause(); }'
    start one
    fails --ignore blocking-import --timeout 2 "$work/hanging.so" lib/app.so
    expect_text "$output" 'within 2 seconds there was a process that does not become a worker'
    expect_restored
    deploys --timeout 2 "$work/two.so" lib/app.so
    expect_text "$output" "proven: 2 new workers run 'lib/app.so'"
    answers two
}

tap_run a_new_version_is_installed_and_proven \
    a_rollback_brings_the_previous_version_and_a_second_one_returns \
    what_has_not_changed_is_left_alone_and_proven \
    a_finding_of_the_check_refuses_it \
    a_rule_can_be_ignored \
    what_nginx_refuses_is_taken_back \
    a_probe_that_is_not_answered_with_2xx_takes_it_back \
    a_library_whose_init_fails_is_found_by_a_probe \
    a_reload_that_the_master_refuses_silently_is_noticed \
    workers_that_do_not_stay_are_noticed \
    a_master_of_another_configuration_proves_nothing \
    what_cannot_be_brought_back_is_said \
    the_first_deployment_leaves_no_file_when_it_fails \
    memory_that_cannot_be_read_is_said \
    a_busy_worker_of_before_is_no_fault_of_the_new_version \
    a_version_that_hangs_is_taken_back_and_hinders_no_later_one
