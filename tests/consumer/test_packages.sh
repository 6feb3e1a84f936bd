#!/bin/sh
# The Debian packages: what is in them, what they depend on, and the tools from
# where dpkg-deb has unpacked them.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

root=$work/root
chmod 711 "$work" # linkfunc-run serves as nobody when root runs it
packages='libnginx-mod-http-link-func libngx-link-func-dev linkfunc-tools'

deb() { # PACKAGE
    echo "$work/packages/$1"_*.deb
}

field() { # PACKAGE FIELD
    dpkg-deb -f "$(deb "$1")" "$2"
}

# "a (>= 1), b | c" as lines.
depends() { # PACKAGE [FIELD]
    field "$1" "${2:-Depends}" | sed 's/, /\n/g'
}

# Only make has a target to run before; here all is built, and in use.
cpack_makes_the_three_packages() {
    (cd "$(dirname "$STAGE")" && cpack -G DEB -B "$work/packages" -D CPACK_CMAKE_GENERATOR=Ninja)
    mkdir "$root"
    for package in $packages; do
        [ "$(field "$package" Package)" = "$package" ]
        [ "$(field "$package" Architecture)" = "$(dpkg --print-architecture)" ]
        dpkg-deb -x "$(deb "$package")" "$root"
    done
    [ "$(find packages -maxdepth 1 -name '*.deb' | wc -l)" -eq 3 ]
}

# Compressed or not, and zsh's in the folder that Debian's zsh knows.
normal() {
    sed -e 's/\.gz$//' -e 's|zsh/vendor-completions|zsh/site-functions|' | sort
}

files_of() { # PACKAGE
    dpkg-deb --fsys-tarfile "$(deb "$1")" | tar -t | grep -v '/$' | sed 's|^\./usr/||'
}

# The rest is Debian's own: who may copy it, what is new, how NGINX loads it.
the_packages_have_what_an_installation_has_each_file_once() {
    for package in $packages; do
        files_of "$package"
    done | grep -vE '^share/doc/(lib|linkfunc-)|^share/nginx/' | normal > packed
    (cd "$STAGE" && find . ! -type d) | sed 's|^\./||' | normal > installed
    test "$(wc -l < installed)" -gt 200
    diff -u installed packed
}

each_file_is_in_the_package_where_one_looks_for_it() {
    [ "$(files_of libnginx-mod-http-link-func | grep -v ^share/doc/ | tr '\n' ' ')" \
        = 'lib/nginx/modules/ngx_http_link_func_module.so share/nginx/modules-available/mod-http-link-func.conf ' ]
    files_of libngx-link-func-dev > files
    for file in include/ngx_link_func_module.h include/ngx_link_func_mock.h lib/pkgconfig/ngx_link_func.pc \
        lib/cmake/ngx_link_func/ngx_link_funcConfig.cmake lib/libngx_link_func_mock.a lib/libngx_link_func_mock.so \
        share/ngx_link_func/templates/common.m4 share/man/man3/ngx_link_func_write_resp.3.gz; do
        grep -qx "$file" files || {
            echo "libngx-link-func-dev: no $file"
            return 1
        }
    done
    files_of linkfunc-tools | grep -vE '^(bin|share/(man/man1|bash-completion|fish|zsh|doc))/' > others || :
    test ! -s others
    for package in $packages; do
        files_of "$package" | grep -x "share/doc/$package/copyright"
        files_of "$package" | grep -x "share/doc/$package/changelog.Debian.gz"
    done
}

the_module_depends_on_the_nginx_it_was_built_for() {
    provided=$(dpkg-query -W -f='${Provides}' nginx | sed 's/, /\n/g' | grep ^nginx-abi-)
    depends libnginx-mod-http-link-func | grep -x "$provided"
    depends libnginx-mod-http-link-func | grep '^libc6 (>= '
    depends libnginx-mod-http-link-func Recommends | grep -x nginx
}

each_program_depends_on_the_libraries_it_needs() {
    depends linkfunc-tools > of_tools
    for library in libc6 libelf1 libjansson4; do
        grep "^$library (>= " of_tools
    done
    grep -x m4 of_tools
    grep -x "libngx-link-func-dev (= $(field libngx-link-func-dev Version))" of_tools
    depends libngx-link-func-dev | grep '^libpcre2-8-0 (>= '
    depends libngx-link-func-dev | grep -x libpcre2-dev
    depends libngx-link-func-dev Recommends | grep -x libcmocka-dev
}

# Nothing that the README's steps call is left to chance.
what_the_steps_of_the_readme_need_is_recommended() {
    for package in make libcmocka-dev nginx pkg-config libnginx-mod-http-link-func 'gcc | c-compiler'; do
        depends linkfunc-tools Recommends | grep -x "$package"
    done
}

descriptions_and_checksums_are_right() {
    for package in $packages; do
        [ "$(field "$package" Description | sed -n 1p | wc -c)" -le 81 ]
        test "$(field "$package" Description | wc -l)" -ge 3
        dpkg-deb --ctrl-tarfile "$(deb "$package")" | tar -xO ./md5sums > sums
        (cd root && md5sum --quiet -c ../sums)
    done
}

nothing_names_the_place_where_it_was_built() {
    expect_status 1 grep -rl -e "$SOURCE" root
}

programs_are_stripped_and_files_belong_to_root() {
    for file in root/usr/bin/linkfunc-check root/usr/lib/nginx/modules/*.so root/usr/lib/libngx_link_func_mock.so; do
        expect_status 1 sh -c "readelf -S '$file' | grep -F .debug_info"
    done
    for package in $packages; do
        dpkg-deb -c "$(deb "$package")" > list
        expect_status 1 grep -v ' root/root ' list
        expect_status 1 grep -vE '^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x|lrwxrwxrwx) ' list
    done
}

manual_pages_are_read_compressed() {
    expect_text "$(MANWIDTH=120 man -M root/usr/share/man 3 ngx_link_func_pcalloc)" 'void *ngx_link_func_palloc('
    expect_text "$(man -M root/usr/share/man 1 linkfunc-check)" 'linkfunc-check --conf nginx.conf ./libshop.so'
}

# What dpkg does with them, in a folder of its own; what they call is noted.
maintainer_script() { # NAME ARGUMENT...
    mkdir -p bin etc/nginx/modules-enabled
    printf '#!/bin/sh\necho "$@" >> "%s"\n' "$PWD/triggers" > bin/dpkg-trigger
    chmod +x bin/dpkg-trigger
    name=$1
    shift
    dpkg-deb --ctrl-tarfile "$(deb libnginx-mod-http-link-func)" | tar -xO "./$name" \
        | sed "s|/etc/|$PWD/etc/|" > maintainer-script
    PATH=$PWD/bin:$PATH sh maintainer-script "$@"
}

enabled=etc/nginx/modules-enabled/50-mod-http-link-func.conf

the_module_is_enabled_when_installed_and_not_against_the_administrator() {
    maintainer_script postinst configure ''
    [ "$(readlink "$enabled")" = /usr/share/nginx/modules-available/mod-http-link-func.conf ]
    expect_text "$(cat triggers)" nginx-reload
    maintainer_script postinst configure 0.1.0-1
    test -L "$enabled"
    rm "$enabled"
    maintainer_script postinst configure 0.1.0-1
    test ! -L "$enabled"
}

a_removal_disables_the_module_and_a_return_enables_it() {
    maintainer_script postinst configure ''
    maintainer_script prerm upgrade 0.1.0-2
    test -L "$enabled"
    maintainer_script prerm remove
    test ! -L "$enabled"
    maintainer_script postrm remove
    maintainer_script postinst configure 0.1.0-1
    test -L "$enabled"
    maintainer_script prerm remove
    maintainer_script postrm remove
    maintainer_script postrm purge
    [ -z "$(ls etc/nginx/modules-enabled)" ]
}

from_the_packages() { # COMMAND...
    PATH=$root/usr/bin:$PATH PKG_CONFIG_PATH=$root/usr/lib/pkgconfig "$@"
}

a_project_is_made_tested_and_checked_with_them() {
    from_the_packages linkfunc-new --no-git shop
    from_the_packages make -C shop test
    from_the_packages make -C shop check
    expect_text "$(from_the_packages linkfunc-call shop/libshop.so hello_json '/?name=NGINX')" 'Hello, NGINX!'
}

# With the packages' module, which stands where the tool looks for it.
the_project_is_served_with_them() {
    mkfifo said
    # No function, so that $! is the server itself.
    PATH=$root/usr/bin:$PATH PKG_CONFIG_PATH=$root/usr/lib/pkgconfig linkfunc-run shop > said &
    pid=$!
    trap 'kill -TERM "$pid" 2> /dev/null || :; wait "$pid" || :' EXIT
    read -r line < said
    expect_text "$(curl -fsS --noproxy '*' --max-time 10 "${line##* }api/hello?name=NGINX")" 'Hello, NGINX!'
}

# NGINX looks for modules/ where it finds this link on Debian.
nginx_accepts_the_snippet() {
    ln -s ../../lib/nginx/modules root/usr/share/nginx/modules
    mkdir logs
    cat > nginx.conf << CONF
include $root/usr/share/nginx/modules-available/mod-http-link-func.conf;
error_log stderr;
pid $work/nginx.pid;
events { }
http {
    access_log off;
    server {
        listen unix:$work/socket;
        ngx_link_func_lib $work/shop/libshop.so;
        location = /api/hello { ngx_link_func_call hello_json; }
    }
}
CONF
    PATH=$PATH:/usr/sbin
    nginx -t -p "$root/usr/share/nginx" -c "$work/nginx.conf"
}

tap_run cpack_makes_the_three_packages the_packages_have_what_an_installation_has_each_file_once \
    each_file_is_in_the_package_where_one_looks_for_it the_module_depends_on_the_nginx_it_was_built_for \
    each_program_depends_on_the_libraries_it_needs what_the_steps_of_the_readme_need_is_recommended \
    descriptions_and_checksums_are_right nothing_names_the_place_where_it_was_built \
    programs_are_stripped_and_files_belong_to_root manual_pages_are_read_compressed \
    the_module_is_enabled_when_installed_and_not_against_the_administrator \
    a_removal_disables_the_module_and_a_return_enables_it a_project_is_made_tested_and_checked_with_them \
    the_project_is_served_with_them nginx_accepts_the_snippet
