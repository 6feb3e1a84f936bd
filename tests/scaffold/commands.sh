#!/bin/sh
# usage: commands.sh BUILD-SYSTEM
# A project just made, by what is written in it alone: the commands of its
# README in their order, and those of its workflow.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"
# shellcheck source=tests/support/project.sh
. "$(dirname "$0")/../support/project.sh"

system=$1

enter_new_project() { # FOLDER
    "$STAGE/bin/linkfunc-new" --build "$system" --no-git --dir "$1" my-app > /dev/null
    cd "$1"
}

# A port from the kernel, free again.
cat > "$work/port.c" << 'TEXT'
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int bad = bind(fd, (struct sockaddr *) &address, len) != 0 || getsockname(fd, (struct sockaddr *) &address, &len) != 0;
    printf("%d\n", ntohs(address.sin_port));
    return bad;
}
TEXT
cc -o "$work/port" "$work/port.c"

# What a reader would copy: the indented lines, with a port that is free here.
read_commands() {
    port=$("$work/port")
    sed -n "s/8080/$port/; s/^    //p" README.md > ../commands
    [ "$(wc -l < ../commands)" -eq 4 ]
}

run_line() { # NUMBER
    sed -n "$1p" ../commands > ../command
    cat ../command
    sh -eu ../command
}

end_server() {
    kill -TERM "-$pid" 2> /dev/null || :
    wait "$pid" || :
}

is_answered() {
    sh -eu ../command > ../answer 2>&1
}

the_commands_of_the_readme_work_in_their_order() {
    enter_new_project readme
    read_commands
    grep -qx 'The next three commands:' README.md
    run_line 1
    run_line 2
    sed -n 3p ../commands > ../server
    setsid sh -eu ../server &
    pid=$!
    trap end_server EXIT
    sed -n 4p ../commands | sed 's/curl/& -fsS --noproxy "*"/' > ../command
    wait_until is_answered
    [ "$(cat ../answer)" = '{"message": "Hello, NGINX!"}' ]
}

# All but those that install: `apt-get`, and the SDK from its repository.
each_command_of_the_workflow_works() {
    enter_new_project workflow
    workflow=.github/workflows/ci.yml
    [ "$(grep -c 'run: |$' $workflow)" -eq "$(grep -c -- '- name: Install' $workflow)" ]
    sed -n '/run: |$/!s/^ *- run: //p' $workflow | sed 's/FUZZ_SECONDS=30 /FUZZ_SECONDS=1 /' > ../steps
    cat ../steps
    [ "$(wc -l < ../steps)" -eq 6 ]
    while read -r step; do
        expect_status 0 sh -euc "$step" < /dev/null
    done < ../steps
}

tap_run the_commands_of_the_readme_work_in_their_order \
    each_command_of_the_workflow_works
