/* Included before all else in the coverage build: a child that ends by _exit()
 * keeps what it counted. */

#ifndef COVERAGE_EXIT_H
#define COVERAGE_EXIT_H

extern void __gcov_dump(void);
extern void _exit(int status) __attribute__((noreturn));

static inline void __attribute__((noreturn, unused)) coverage_exit(int status) {
    __gcov_dump();
    _exit(status);
}

#define _exit coverage_exit

#endif
