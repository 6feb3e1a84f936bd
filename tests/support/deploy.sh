# shellcheck shell=sh
# Sourced by the tests of linkfunc-deploy, behind tap.sh: libraries that answer
# differently or are wrong each in its way, and a server for them.

work=${work:?tap.sh comes first}
deploy=$STAGE/bin/linkfunc-deploy

# The workers, as an ordinary user, must be able to reach what they are given.
chmod 711 "$work"
umask 022

cat > "$work/app.c" << 'TEXT'
#include <ngx_link_func_module.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifndef STATUS
#define STATUS 200
#endif
#ifdef BUSY
static volatile int busy = 1;
void wait_for_ever(ngx_link_func_ctx_t *ctx) { (void) ctx; while (busy) { } }
#else
void wait_for_ever(ngx_link_func_ctx_t *ctx) { (void) ctx; }
#endif
#ifndef NO_ANSWER
void answer(ngx_link_func_ctx_t *ctx) { ngx_link_func_write_resp(ctx, STATUS, NULL, NULL, ANSWER, strlen(ANSWER)); }
#endif
#ifdef CONSTRUCTOR
__attribute__((constructor)) static void construct(void) { CONSTRUCTOR }
#endif
/* Behind init_cycle, so that the worker is one by then. */
static inline void die_soon(void) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    struct itimerspec delay = {.it_value.tv_nsec = 200000000};
    timer_t timer;
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &delay, NULL);
}
void ngx_link_func_init_cycle(ngx_link_func_cycle_t *cycle) { (void) cycle; INIT; }
void ngx_link_func_exit_cycle(ngx_link_func_cycle_t *cycle) { (void) cycle; }
TEXT

# NGINX with a port from the kernel: it takes over a socket that listens already.
cat > "$work/serve.c" << 'TEXT'
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int argc, char **argv) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    FILE *out = fopen("listen.conf", "w");
    char sockets[16];
    (void) argc;
    if (out == NULL || bind(fd, (struct sockaddr *) &address, len) != 0 || listen(fd, 511) != 0
        || getsockname(fd, (struct sockaddr *) &address, &len) != 0) {
        return 1;
    }
    fprintf(out, "listen 127.0.0.1:%d;\n", ntohs(address.sin_port));
    fclose(out);
    snprintf(sockets, sizeof(sockets), "%d;", fd);
    setenv("NGINX", sockets, 1);
    execvp(argv[1], argv + 1);
    return 1;
}
TEXT

library() { # NAME FLAG...
    name=$1
    shift
    cc -shared -fPIC -Wl,-z,relro,-z,now -I"$STAGE/include" -DANSWER="\"$name\"" -DINIT= -o "$work/$name.so" \
        "$work/app.c" "$@"
}

cc -o "$work/serve" "$work/serve.c"
for version in one two three; do
    library "$version"
done
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
nginx=$(command -v nginx)
server="$work/serve $nginx"

# A folder of its own for each test, with an NGINX's prefix.
enter() { # NAME
    mkdir -m 755 "$work/$1"
    cd "$work/$1" || return
    mkdir lib
    mkdir -m 1777 marks
    user=
    [ "$(id -u)" -ne 0 ] || user='user nobody nogroup;'
    cat > nginx.conf << TEXT
load_module $STAGE/lib/nginx/modules/ngx_http_link_func_module.so;
pid nginx.pid;
error_log error.log info;
$user
worker_processes 2;
events { }
http {
    access_log off;
    server {
        include listen.conf;
        ngx_link_func_lib lib/app.so;
        location = / { ngx_link_func_call answer; }
        location = /wait { ngx_link_func_call wait_for_ever; }
        location = /stock { return 200 stock; }
        location = /moved { return 302 /; }
    }
}
TEXT
    "$work/serve" true # a port, free again, so that the configuration can be tested
}

# Serves this version; the processes end with the test.
start() { # [VERSION]
    [ $# -eq 0 ] || cp "$work/$1.so" lib/app.so
    $server -p "$PWD" -c "$PWD/nginx.conf" > said 2>&1 &
    master=$!
    background=
    # shellcheck disable=SC2086 # one process or none
    trap 'kill -TERM "$master" $background 2> /dev/null || :; wait || :' EXIT
    wait_until serving
}

serving() {
    url=$(sed -n 's|^listen \(.*\);|http://\1|p' listen.conf)
    [ -s nginx.pid ] && get /stock > get.log 2>&1
}

get() { # PATH
    curl -fsS --noproxy '*' --max-time 5 "$url$1"
}

# With the options that make it look at this server; never for long.
run_deploy() { # ARGUMENT...
    timeout 60 "$deploy" -c nginx.conf -p . --nginx "$nginx" --timeout 10 "$@"
}

deploys() { # ARGUMENT...
    expect_status 0 run_deploy "$@"
}

fails() { # ARGUMENT...
    expect_status 1 run_deploy "$@"
}

is_version() { # VERSION FILE
    cmp "$work/$1.so" "$2"
}

answers() { # VERSION
    found=$(get /)
    [ "$found" = "$1" ] || {
        echo "answered $found, expected $1"
        return 1
    }
}

# What is in the folder but for logs, with everything that a change would change.
listing() {
    find . -mindepth 1 ! -name '*.log' -printf '%p %i %m %s %T@ %C@\n' | sort
}

# Nothing but these names may be in lib.
expect_files() { # NAME...
    found=$(find lib -mindepth 1 -printf '%P\n' | sort | tr '\n' ' ')
    [ "$found" = "$(printf '%s ' "$@")" ] || {
        echo "there is: $found"
        return 1
    }
}
