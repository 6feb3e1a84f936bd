/* The handler is in the library whose path is the first argument.  Without
 * cmocka: the mock needs none. */

#include <stdio.h>
#include <string.h>

#include <ngx_link_func_mock.h>

int main(int argc, char **argv) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    const ngx_link_func_mock_response_t *resp;
    int same;

    if (argc != 2 || ngx_link_func_mock_load(mock, argv[1]) != 0) {
        fprintf(stderr, "%s\n", ngx_link_func_mock_error(mock));
        return 1;
    }
    resp = ngx_link_func_mock_call_name(ngx_link_func_mock_request(mock, "GET", "/"), "hello");
    same = strcmp(ngx_link_func_mock_response_body(resp), "hello") == 0;
    printf("%s\n", ngx_link_func_mock_response_exchange(resp));
    ngx_link_func_mock_free(mock);
    return same ? 0 : 1;
}
