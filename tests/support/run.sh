# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154,SC2164 # it shares its variables, and set -e, with who sources it
# Sourced behind tap.sh by the tests of linkfunc-run: one that runs, in a folder
# of its own, and ends with its test.

run=$STAGE/bin/linkfunc-run

# NGINX, as an ordinary user, must be able to reach its prefix.
chmod 711 "$work"
export TMPDIR

# A folder of its own for each test, and one for the prefixes in it.
enter() { # NAME
    mkdir -m 711 "$1"
    cd "$1"
    mkdir -m 1777 tmp
    TMPDIR=$PWD/tmp
}

# Starts it; $pid is its process, $url what it says, $log its standard error.
# Whatever the test does, the process ends with it.
start() { # ARGUMENT...
    mkfifo said
    log=$PWD/log
    "$run" "$@" > said 2> "$log" &
    pid=$!
    trap 'kill -TERM "$pid" 2> /dev/null || :; wait "$pid" 2> /dev/null || :' EXIT
    exec 3< said
    read -r said <&3 || {
        cat "$log"
        return 1
    }
    url=${said##* }
    master=$(pgrep -P "$pid")
    workers=$(pgrep -P "$master")
}

# The linkfunc-run that a `make run` or the like became, and its URL.
wait_for_serving() { # FILE
    wait_until grep -q 'serving .* on http' "$1"
    url=$(sed -n 's/.*serving .* on \(http[^ ]*\).*/\1/p' "$1" | tr -d '\r')
}

# What it goes on to say on standard output is kept in the file "told".
start_told() { # ARGUMENT...
    start "$@"
    cat <&3 > told &
}

# The shell may reap it early, or leave that to `wait`.
ended() {
    [ ! -e "/proc/$pid" ] || grep -qs '^State:.Z' "/proc/$pid/status"
}

# Waits for it to end; its exit status is in $result.
finish() {
    result=0
    wait_until ended
    wait "$pid" || result=$?
    trap - EXIT
}

get() { # PATH
    curl -fsS --noproxy '*' --max-time 5 "$url$1"
}

all_gone() { # PID...
    for process in "$@"; do
        ! kill -0 "$process" 2> /dev/null || return 1
    done
}

# All below a process, however deep.
descendants() { # PID...
    for process in "$@"; do
        # shellcheck disable=SC2046 # a list of words
        descendants $(tee -a "$work/descendants" < "/proc/$process/task/$process/children")
    done
}

# Notes what is there while it runs, for `expect_nothing_left` behind its end.
note_all() {
    : > "$work/descendants"
    descendants "$pid"
    find project -printf '%p %s %m\n' | sort > "$work/before"
    listens
}

# Whether anybody listens on its port, or has a UNIX socket in its folders.
listens() {
    port=${url##*:}
    grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "${port%/}") [0-9A-F:]* 0A " /proc/net/tcp \
        || grep -qF "$TMPDIR" /proc/net/unix
}

expect_nothing_left() {
    # shellcheck disable=SC2046 # a list of words
    all_gone "$pid" $(cat "$work/descendants")
    expect_no_prefix
    find project -printf '%p %s %m\n' | sort | diff "$work/before" -
    ! listens || {
        echo "somebody listens on $url still"
        return 1
    }
}

expect_no_prefix() {
    [ -z "$(ls -A "$TMPDIR")" ] || {
        ls -A "$TMPDIR"
        return 1
    }
}

# A scaffolded project of C that is built by make, and answers GREETING, NAME!
export PKG_CONFIG_PATH="$STAGE/lib/pkgconfig"
unset CC CXX CFLAGS CXXFLAGS LDFLAGS WARNINGS MAKEFLAGS MAKELEVEL NO_COLOR
make_project() {
    [ -d "$work/hello" ] || {
        "$STAGE/bin/linkfunc-new" --no-git --dir "$work/hello" hello
        make -C "$work/hello"
    } > /dev/null
    cp -a "$work/hello" project
}

# A project without code.
plain_project() {
    mkdir -p project/html/old
    cat > project/nginx.conf << 'TEXT'
events { }
http {
    server {
        listen 8080;
        root html;
        location = /greeting { return 200 first; }
    }
}
TEXT
    echo first > project/html/page
}

# As most editors do: written aside, then renamed.
edit() { # SED-SCRIPT [FILE]
    file=project/${2-src/hello.c}
    sed "$1" "$file" > "$file~"
    mv "$file~" "$file"
}

greet_with() { # GREETING
    edit "s/[A-Z][a-z]*, %s!/$1, %s!/"
}

answers() { # GREETING
    [ "$(get 'api/hello?name=you')" = "{\"message\": \"$1, you!\"}" ]
}

# Reloads so far.
reloads() {
    grep -c 'the new code serves' told || :
}

has_reloaded() { # TIMES
    [ "$(reloads)" -eq "$1" ]
}

# Passes when a line, or part of one, is in the log.
logged() { # TEXT
    grep -qF -e "$1" "$log"
}
