#!/bin/sh
# fetch-nginx: without a network, by --tarball and on a made-up apt.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

fetch=$SOURCE/tools/fetch-nginx

mkdir -p "$work/release/nginx-1.2.3/src/core"
echo '#define NGINX_VERSION      "1.2.3"' > "$work/release/nginx-1.2.3/src/core/nginx.h"
tar -czf "$work/nginx.tar.gz" -C "$work/release" nginx-1.2.3

expect_misuse() { # MESSAGE ARGUMENT...
    message=$1
    shift
    expect_status 2 "$fetch" "$@"
    expect_text "$output" "fetch-nginx: $message"
    expect_text "$output" "Try 'fetch-nginx --help'."
}

# Refused, and nothing but what was there is left in the folder `trees`.
expect_refusal() { # MESSAGE ARGUMENT...
    message=$1
    shift
    mkdir -p trees
    before=$(find trees | sort)
    expect_status 1 "$fetch" "$@"
    expect_text "$output" "fetch-nginx: $message"
    [ "$(find trees | sort)" = "$before" ]
}

a_given_tarball_becomes_the_folder() {
    mkdir given
    "$fetch" 1.2.3 given/tree --tarball nginx.tar.gz
    [ -f given/tree/src/core/nginx.h ]
    [ "$(ls -A given)" = tree ]
}

missing_parents_are_made_and_an_empty_folder_is_filled() {
    "$fetch" 1.2.3 deep/er/tree --tarball nginx.tar.gz
    [ -f deep/er/tree/src/core/nginx.h ]
    mkdir empty
    "$fetch" 1.2.3 empty --tarball nginx.tar.gz
    [ -f empty/src/core/nginx.h ]
}

a_folder_with_contents_is_refused_and_untouched() {
    mkdir -p trees/full
    echo mine > trees/full/file
    expect_refusal "'trees/full' exists and is not empty" 1.2.3 trees/full --tarball nginx.tar.gz
    [ "$(cat trees/full/file)" = mine ]
}

a_file_in_the_way_is_refused() {
    mkdir -p trees
    : > trees/file
    expect_refusal "'trees/file' exists and is not a folder" 1.2.3 trees/file --tarball nginx.tar.gz
}

a_tarball_of_another_version_is_refused() {
    expect_refusal 'nginx.tar.gz does not hold NGINX 1.2.4' 1.2.4 trees/other --tarball nginx.tar.gz
}

a_file_that_is_no_tarball_is_refused() {
    echo text > text.tar.gz
    expect_refusal 'text.tar.gz is not a .tar.gz file' 1.2.3 trees/text --tarball text.tar.gz
    head -c 100 nginx.tar.gz > cut.tar.gz
    expect_refusal 'cut.tar.gz is not a .tar.gz file' 1.2.3 trees/cut --tarball cut.tar.gz
}

an_absent_tarball_is_refused() {
    expect_refusal "cannot read 'absent'" 1.2.3 trees/absent --tarball absent
}

misuse_is_refused_with_a_hint() {
    expect_misuse 'VERSION and DIR are needed'
    expect_misuse 'VERSION and DIR are needed' 1.2.3
    expect_misuse "'1.2' is not a version" 1.2 tree
    expect_misuse "'1.2.3;x' is not a version" '1.2.3;x' tree
    expect_misuse "unexpected argument 'more'" 1.2.3 tree more
    expect_misuse "unknown option '--bogus'" --bogus
    expect_misuse '--tarball needs a FILE' 1.2.3 tree --tarball
    expect_text "$("$fetch" --help)" 'usage: fetch-nginx'
}

# A copy that reads this apt configuration, with an apt that knows the given
# versions and downloads for the last of them alone.
made_up_apt() { # VERSIONS
    mkdir -p apt/sources.list.d fake
    sed "s|/etc/apt/|$PWD/apt/|g" "$fetch" > fetch-here
    cat > fake/apt-get << TEXT
#!/bin/sh
for option; do
    case \$option in Dir::Etc::SourceList=*) cp "\${option#*=}" "$PWD/seen" ;; esac
done
case "\$*" in *"source nginx=${1##* }") cp "$work/nginx.tar.gz" nginx_1.2.3.orig.tar.gz ;; *update) ;; *) exit 100 ;; esac
TEXT
    # shellcheck disable=SC2016 # the fake expands it
    printf '#!/bin/sh\nfor version in %s; do echo "Version: $version"; done\n' "$1" > fake/apt-cache
    printf '#!/bin/sh\nexit 22\n' > fake/curl
    chmod +x fake/* fetch-here
    PATH=$PWD/fake:$PATH
}

source_entries_follow_the_machines_own() {
    mkdir sources
    cd sources
    made_up_apt '1.2.3-1'
    cat > apt/sources.list << 'TEXT'
# deb http://mirror.test/commented bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://mirror.test/archive bookworm main contrib
deb-src http://mirror.test/source bookworm main
deb http://mirror.test/other jammy main
TEXT
    cat > apt/sources.list.d/a.sources << 'TEXT'
# A comment
Types: deb
URIs: http://mirror.test/one
 http://mirror.test/two
Suites: trixie trixie-updates trixie-security
Components: main
Signed-By: /s.gpg

Types: deb
Enabled: no
URIs: http://mirror.test/disabled
Suites: bookworm
Components: main
TEXT
    ./fetch-here 1.2.3 tree
    cat > wanted << 'TEXT'
deb-src [arch=amd64 signed-by=/k.gpg] http://mirror.test/archive bookworm main
deb-src [arch=amd64 signed-by=/k.gpg] http://mirror.test/archive bullseye main
deb-src [arch=amd64 signed-by=/k.gpg] http://mirror.test/archive trixie main
deb-src [signed-by=/s.gpg] http://mirror.test/one bookworm main
deb-src [signed-by=/s.gpg] http://mirror.test/one bookworm-security main
deb-src [signed-by=/s.gpg] http://mirror.test/one bullseye main
deb-src [signed-by=/s.gpg] http://mirror.test/one bullseye-security main
deb-src [signed-by=/s.gpg] http://mirror.test/one trixie main
deb-src [signed-by=/s.gpg] http://mirror.test/one trixie-security main
deb-src [signed-by=/s.gpg] http://mirror.test/two bookworm main
deb-src [signed-by=/s.gpg] http://mirror.test/two bookworm-security main
deb-src [signed-by=/s.gpg] http://mirror.test/two bullseye main
deb-src [signed-by=/s.gpg] http://mirror.test/two bullseye-security main
deb-src [signed-by=/s.gpg] http://mirror.test/two trixie main
deb-src [signed-by=/s.gpg] http://mirror.test/two trixie-security main
TEXT
    diff wanted seen
    [ -f tree/src/core/nginx.h ]
}

a_version_without_its_dsc_gives_way_to_an_older_one() {
    mkdir older
    cd older
    made_up_apt '1.2.3-2+deb12u1 1.2.3-1'
    echo 'deb http://mirror.test/archive bookworm main' > apt/sources.list
    ./fetch-here 1.2.3 tree
    [ -f tree/src/core/nginx.h ]
}

a_version_that_nobody_has_is_refused() {
    mkdir nobody
    cd nobody
    made_up_apt '1.2.3-1'
    echo 'deb http://mirror.test/archive bookworm main' > apt/sources.list
    expect_status 1 ./fetch-here 9.9.9 tree
    expect_text "$output" 'fetch-nginx: no source of NGINX 9.9.9 from apt or nginx.org; give one with --tarball FILE'
    [ ! -e tree ]
}

tap_run a_given_tarball_becomes_the_folder \
    missing_parents_are_made_and_an_empty_folder_is_filled \
    a_folder_with_contents_is_refused_and_untouched \
    a_file_in_the_way_is_refused \
    a_tarball_of_another_version_is_refused \
    a_file_that_is_no_tarball_is_refused \
    an_absent_tarball_is_refused \
    misuse_is_refused_with_a_hint \
    source_entries_follow_the_machines_own \
    a_version_without_its_dsc_gives_way_to_an_older_one \
    a_version_that_nobody_has_is_refused
