#!/bin/sh
# The steps of the README in a Debian that has nothing but the packages, and what
# they depend on or recommend.  Under tests/run --long only: it downloads.
set -eu
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

[ -n "${LINKFUNC_LONG-}" ] || {
    echo '1..0 # needs --long'
    exit 0
}

base=$SOURCE/build/debian
root=$work/root
PATH=$PATH:/usr/sbin:/sbin

# The release and the archive that this machine itself installs from.
release() {
    sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

archive() {
    # shellcheck disable=SC2016 # names that apt-get replaces
    apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' \
        | awk -v release="$(release)" '$2 == release { print $1; exit }'
}

# The least Debian, kept in build/ for the next time.
make_base() {
    [ ! -d "$base" ] || return 0
    rm -rf "$base.new"
    debootstrap --variant=minbase "$(release)" "$base.new" "$(archive)"
    rm -rf "$base.new/etc/apt"
    cp -R /etc/apt "$base.new/etc/apt"
    mkdir -p "$base.new/usr/share/keyrings"
    cp -R /usr/share/keyrings/. "$base.new/usr/share/keyrings"
    mv "$base.new" "$base"
}

# In the root, with a /proc that ends with the command.
inside() { # COMMAND...
    # shellcheck disable=SC2016 # expanded by the shell inside
    unshare --mount --pid --fork --kill-child sh -c '
        mount -t proc proc "$1/proc" && root=$1 && shift \
            && exec chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
                DEBIAN_FRONTEND=noninteractive HOME=/root "$@"' sh "$root" "$@"
}

# Not from outside, where an absolute link leads into the machine's own files.
write_inside() { # PATH
    # shellcheck disable=SC2016 # expanded by the shell inside
    inside sh -c 'cat > "$1"' sh "$1"
}

as_user() { # SHELL-TEXT
    inside setpriv --reuid=1000 --regid=1000 --clear-groups env HOME=/home/user sh -ec "cd /home/user; $1"
}

# With what they recommend, as apt-get does by itself.
install_packages() {
    inside apt-get -q install -y /packages/libngx-link-func-dev.deb /packages/libnginx-mod-http-link-func.deb \
        /packages/linkfunc-tools.deb
}

apt_installs_the_packages_and_what_they_want() {
    make_base
    cp -a "$base" "$root"
    cp --remove-destination /etc/resolv.conf /etc/hosts "$root/etc"
    printf '#!/bin/sh\nexit 101\n' | write_inside /usr/sbin/policy-rc.d
    inside chmod 755 /usr/sbin/policy-rc.d
    (cd "$(dirname "$STAGE")" && cpack -G DEB -B "$work/packages" -D CPACK_CMAKE_GENERATOR=Ninja)
    mkdir "$root/packages"
    for file in packages/*.deb; do
        name=${file##*/}
        cp "$file" "$root/packages/${name%%_*}.deb"
    done
    inside apt-get -q update
    install_packages
    inside useradd --create-home --uid 1000 user
}

the_module_is_enabled_and_nginx_accepts_it() {
    inside nginx -t
    inside nginx -T > configuration 2> errors
    expect_text "$(cat configuration)" 'load_module modules/ngx_http_link_func_module.so;'
}

a_project_passes_its_tests_and_the_check() {
    as_user 'linkfunc-new shop && cd shop && make test asan check'
}

# `make run` of the README.
real_nginx_answers_with_the_packaged_module() {
    mkfifo said
    as_user 'cd shop && exec make -s run' > said &
    pid=$!
    trap 'kill -TERM "$pid" 2> /dev/null || :; wait "$pid" || :' EXIT
    read -r line < said
    expect_text "$(curl -fsS --noproxy '*' --max-time 10 "${line##* }api/hello?name=NGINX")" 'Hello, NGINX!'
}

the_library_serves_from_the_distributions_own_configuration() {
    inside install -m 755 /home/user/shop/libshop.so /usr/local/lib/libshop.so
    write_inside /etc/nginx/conf.d/shop.conf << 'CONF'
server {
    listen unix:/run/shop.sock;
    ngx_link_func_lib /usr/local/lib/libshop.so;
    location = /api/hello { ngx_link_func_call hello_json; }
}
CONF
    inside linkfunc-check --conf /etc/nginx/nginx.conf /usr/local/lib/libshop.so
    inside nginx -t
}

a_removal_leaves_an_nginx_that_works() {
    inside rm /etc/nginx/conf.d/shop.conf
    inside apt-get -q remove -y libnginx-mod-http-link-func
    inside nginx -t
    install_packages
    inside nginx -T > configuration 2> errors
    expect_text "$(cat configuration)" 'load_module modules/ngx_http_link_func_module.so;'
    inside apt-get -q purge -y libnginx-mod-http-link-func libngx-link-func-dev linkfunc-tools
    [ -z "$(find "$root/etc/nginx" "$root/usr" -name '*link*func*' ! -path '*/cache/*')" ]
    inside nginx -t
}

tap_run apt_installs_the_packages_and_what_they_want the_module_is_enabled_and_nginx_accepts_it \
    a_project_passes_its_tests_and_the_check real_nginx_answers_with_the_packaged_module \
    the_library_serves_from_the_distributions_own_configuration a_removal_leaves_an_nginx_that_works
