m4_define([[M4_TARGET]], [[cmake --build build --target $1]])m4_dnl
m4_define([[M4_LIBRARY]], [[build/lib[[]]M4_NAME().so]])m4_dnl
m4_define([[M4_BUILD_FILE]], [[CMakeLists.txt]])m4_dnl
m4_define([[M4_BUILD_PACKAGES]], [[cmake make]])m4_dnl
m4_define([[M4_SET_UP]], [[cmake -B build && cmake --build build]])m4_dnl
m4_define([[M4_RUN_TESTS]], [[M4_SET_UP() && ctest --test-dir build]])m4_dnl
m4_define([[M4_RUN_SERVER]], [[PORT=8080 M4_TARGET(run)]])m4_dnl
m4_define([[M4_TEST]], [[ctest --test-dir build --output-on-failure]])m4_dnl
