m4_define([[M4_TARGET]], [[meson compile -C build $1]])m4_dnl
m4_define([[M4_LIBRARY]], [[build/lib[[]]M4_NAME().so]])m4_dnl
m4_define([[M4_BUILD_FILE]], [[meson.build]])m4_dnl
m4_define([[M4_BUILD_PACKAGES]], [[meson ninja-build]])m4_dnl
m4_define([[M4_SET_UP]], [[meson setup build && meson compile -C build]])m4_dnl
m4_define([[M4_RUN_TESTS]], [[meson setup build && meson test -C build]])m4_dnl
m4_define([[M4_RUN_SERVER]], [[PORT=8080 M4_TARGET(run)]])m4_dnl
m4_define([[M4_TEST]], [[meson test -C build]])m4_dnl
