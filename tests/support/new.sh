# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154,SC2164 # it shares its variables, and set -e, with who sources it
# Sourced behind tap.sh by the tests of linkfunc-new.

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

# Templates of an earlier version: one line less in two files, one file more,
# one less.
older_templates() { # TEMPLATES
    cp -R "$1" older
    sed -i '/^error_log/d' older/nginx.m4
    sed -i '/^AllowShortFunctions/d' older/project/clang-format.m4
    sed -i '/editorconfig/d' older/project/manifest
    echo 'file clang-format.m4 .old' >> older/project/manifest
}
