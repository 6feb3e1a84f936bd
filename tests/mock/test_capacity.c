/* How much fits in a zone, as measured in NGINX 1.22.1 with the module:
 *   CAPACITY_PRINT=1 test_conformance_capacity
 * prints it. */

#include <ngx_link_func_cmocka.h>

#include <stdio.h>

void fill(ngx_link_func_ctx_t *ctx); /* of tests/conformance/capacity.c */

#define SMALLEST 32768
#define MEDIUM 1048576
#define LARGE 8388608

typedef struct {
    size_t zone;
    const char *way;
    size_t size;
    size_t count;
    size_t left;
} row_t;

/* clang-format off */
static const row_t rows[] = {
    {SMALLEST, "alloc", 8, 3024, 3072},
    {SMALLEST, "alloc", 17, 762, 3072},
    {SMALLEST, "alloc", 32, 762, 3072},
    {SMALLEST, "alloc", 33, 384, 3072},
    {SMALLEST, "alloc", 64, 384, 3072},
    {SMALLEST, "alloc", 100, 192, 3072},
    {SMALLEST, "alloc", 500, 48, 3072},
    {SMALLEST, "alloc", 1000, 27, 0},
    {SMALLEST, "alloc", 2049, 6, 3072},
    {SMALLEST, "alloc", 5000, 3, 3072},
    {SMALLEST, "new", 8, 320, 4544},
    {SMALLEST, "new", 17, 254, 3200},
    {SMALLEST, "new", 32, 254, 3200},
    {SMALLEST, "new", 33, 192, 3072},
    {SMALLEST, "new", 64, 192, 3072},
    {SMALLEST, "new", 100, 128, 3072},
    {SMALLEST, "new", 500, 40, 4608},
    {SMALLEST, "new", 1000, 23, 2624},
    {SMALLEST, "new", 2049, 5, 6848},
    {SMALLEST, "new", 5000, 2, 11136},
    {SMALLEST, "dict", 8, 192, 3072},
    {SMALLEST, "dict", 17, 192, 3072},
    {SMALLEST, "dict", 32, 192, 3072},
    {SMALLEST, "dict", 33, 192, 3072},
    {SMALLEST, "dict", 64, 96, 3072},
    {SMALLEST, "dict", 100, 96, 3072},
    {SMALLEST, "dict", 500, 27, 0},
    {SMALLEST, "dict", 1000, 12, 3072},
    {SMALLEST, "dict", 2049, 6, 3072},
    {SMALLEST, "dict", 5000, 3, 3072},
    {MEDIUM, "alloc", 8, 127512, 3072},
    {MEDIUM, "alloc", 17, 32131, 3072},
    {MEDIUM, "alloc", 32, 32131, 3072},
    {MEDIUM, "alloc", 33, 16192, 3072},
    {MEDIUM, "alloc", 64, 16192, 3072},
    {MEDIUM, "alloc", 100, 8096, 3072},
    {MEDIUM, "alloc", 500, 2024, 3072},
    {MEDIUM, "alloc", 1000, 1015, 0},
    {MEDIUM, "alloc", 2049, 253, 3072},
    {MEDIUM, "alloc", 5000, 126, 7168},
    {MEDIUM, "alloc", 65536, 15, 56320},
    {MEDIUM, "new", 8, 14336, 5312},
    {MEDIUM, "new", 17, 10752, 4448},
    {MEDIUM, "new", 32, 10752, 4448},
    {MEDIUM, "new", 33, 8096, 3072},
    {MEDIUM, "new", 64, 8096, 3072},
    {MEDIUM, "new", 100, 5376, 7168},
    {MEDIUM, "new", 500, 1792, 7168},
    {MEDIUM, "new", 1000, 955, 320},
    {MEDIUM, "new", 2049, 249, 3520},
    {MEDIUM, "new", 5000, 125, 7360},
    {MEDIUM, "new", 65536, 15, 55360},
    {MEDIUM, "dict", 8, 8096, 3072},
    {MEDIUM, "dict", 17, 8096, 3072},
    {MEDIUM, "dict", 32, 8096, 3072},
    {MEDIUM, "dict", 33, 8096, 3072},
    {MEDIUM, "dict", 64, 4048, 3072},
    {MEDIUM, "dict", 100, 4048, 3072},
    {MEDIUM, "dict", 500, 1015, 0},
    {MEDIUM, "dict", 1000, 506, 3072},
    {MEDIUM, "dict", 2049, 253, 3072},
    {MEDIUM, "dict", 5000, 126, 7168},
    {MEDIUM, "dict", 65536, 14, 64512},
    {LARGE, "alloc", 24, 258318, 3072},
    {LARGE, "alloc", 256, 32544, 3072},
    {LARGE, "alloc", 2049, 2034, 3072},
    {LARGE, "new", 24, 86528, 5824},
    {LARGE, "new", 256, 26032, 4096},
    {LARGE, "new", 2049, 2002, 6016},
    {LARGE, "dict", 24, 65088, 3072},
    {LARGE, "dict", 256, 16272, 3072},
    {LARGE, "dict", 2049, 2034, 3072},
};
/* clang-format on */

static void row_holds(const row_t *row) {
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    const char *body;
    char text[128];

    ngx_link_func_mock_allow(mock, NGX_LINK_FUNC_MOCK_CODE_SHM_LEAK);
    ngx_link_func_mock_shm_size(mock, row->zone);
    (void) snprintf(text, sizeof(text), "/?way=%s&size=%zu", row->way, row->size);
    body = ngx_link_func_mock_response_body(
        ngx_link_func_mock_call(ngx_link_func_mock_request(mock, "GET", text), fill));
    (void) snprintf(text, sizeof(text), "%zu of %zu bytes, %zu of ", row->count, row->size, row->left);
    if (strncmp(body, text, strlen(text)) != 0) {
        fail_msg("%zu bytes, %s: NGINX has %s, the mock %s", row->zone, row->way, text, body);
    }
    ngx_link_func_mock_free(mock);
}

static void zone_is_full_when_it_is_in_nginx(void **state) {
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        row_holds(&rows[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zone_is_full_when_it_is_in_nginx),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
