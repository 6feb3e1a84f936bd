/* The build of NGINX and of the module that is under test: the one that CMake
 * found and made, or what the environment names instead:
 *   LINKFUNC_TEST_NGINX     the program
 *   LINKFUNC_TEST_MODULE    the module made for it
 *   LINKFUNC_TEST_PATIENCE  a whole number, by which every deadline of the
 *                           tests is multiplied, for builds that are slow */

#ifndef NGINX_BUILD_H
#define NGINX_BUILD_H

const char *nginx_build_program(void);
const char *nginx_build_module(void);

/* As NGINX counts it: 1022001 is 1.22.1. */
int nginx_build_version(void);

/* At least 1. */
int nginx_build_patience(void);

#endif
