/* A mock and a folder for files; the fixture of a test may begin with one. */

#ifndef FIXTURE_H
#define FIXTURE_H

#include <ngx_link_func_cmocka.h>

#include "files.h"

typedef struct {
    files_t files;
    ngx_link_func_mock_t *mock;
} fixture_t;

/* A fixture of `size` bytes, zeroed but for what it begins with. */
int fixture_setup_sized(void **state, size_t size);

int fixture_setup(void **state);
int fixture_teardown(void **state);

#endif
