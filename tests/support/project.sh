# shellcheck shell=sh
# shellcheck disable=SC2154 # tap.sh has set it
# Sourced behind tap.sh by tests that build projects as a user would, who has the
# stage on pkg-config's path and none of this build's settings.

export PKG_CONFIG_PATH="$STAGE/lib/pkgconfig"
unset CC CXX CFLAGS CXXFLAGS LDFLAGS WARNINGS MAKEFLAGS MAKELEVEL PORT DESTDIR
# The worker of a server that runs as root is somebody else.
chmod 711 "$work"
