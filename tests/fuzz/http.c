/* A file for replay in raw HTTP/1.1. */

#include <ngx_link_func_mock.h>

#include "file.h"
#include "fuzz.h"

static int visit(ngx_link_func_mock_request_t *request, void *data) {
    (void) request;
    ++*(int *) data;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    int visited = 0;
    int count = ngx_link_func_mock_replay_http(mock, fuzz_file(data, size), visit, &visited);

    fuzz_check(count == -1 ? visited == 0 && ngx_link_func_mock_error(mock)[0] != '\0' : visited == count);
    ngx_link_func_mock_free(mock);
    return 0;
}
