#include "fixture.h"

#include <stdlib.h>

int fixture_setup_sized(void **state, size_t size) {
    fixture_t *f = calloc(1, size);

    assert_non_null(f);
    files_make(&f->files);
    ngx_link_func_mock_on_failure(ngx_link_func_cmocka_fail);
    f->mock = ngx_link_func_mock_new();
    *state = f;
    return 0;
}

int fixture_setup(void **state) {
    return fixture_setup_sized(state, sizeof(fixture_t));
}

int fixture_teardown(void **state) {
    fixture_t *f = *state;

    ngx_link_func_mock_free(f->mock);
    files_remove(&f->files);
    free(f);
    return 0;
}
