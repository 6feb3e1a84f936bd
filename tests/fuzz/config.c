/* An nginx.conf as the mock reads it.  An included file could be any. */

#include <ngx_link_func_mock.h>

#include "file.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ngx_link_func_mock_t *mock;

    if (memmem(data, size, "include", strlen("include")) != NULL) {
        return 0;
    }
    mock = ngx_link_func_mock_new();
    if (ngx_link_func_mock_config(mock, fuzz_file(data, size)) != 0) {
        fuzz_check(ngx_link_func_mock_error(mock)[0] != '\0');
    }
    ngx_link_func_mock_free(mock);
    return 0;
}
