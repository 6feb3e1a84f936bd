m4_define([[M4_TARGET]], [[make $1]])m4_dnl
m4_define([[M4_LIBRARY]], [[lib[[]]M4_NAME().so]])m4_dnl
m4_define([[M4_BUILD_FILE]], [[Makefile]])m4_dnl
m4_define([[M4_BUILD_PACKAGES]], [[make]])m4_dnl
m4_define([[M4_SET_UP]], [[make]])m4_dnl
m4_define([[M4_RUN_TESTS]], [[make test]])m4_dnl
m4_define([[M4_RUN_SERVER]], [[make run PORT=8080]])m4_dnl
m4_define([[M4_TEST]], [[make test]])m4_dnl
