/* The zone of the mock is full when that of the module is: the same handlers
 * fill both in the same order, and tell the same counts.
 *
 * With CAPACITY_PRINT in the environment the counts are printed, for the table
 * of tests/mock/test_capacity.c. */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ngx_link_func_mock.h>

#include "nginx_server.h"
#include "wire.h"

typedef struct {
    nginx_server_t *nginx;
    ngx_link_func_mock_t *mock;
    size_t zone;
} pair_t;

static void pair_start(pair_t *pair, size_t zone) {
    static const char server[] = "ngx_link_func_lib " CAPACITY_LIBRARY ";\n"
                                 "location /fill { ngx_link_func_call fill; }\n"
                                 "location /thin { ngx_link_func_call thin; }\n"
                                 "location /left { ngx_link_func_call left; }\n";
    char http[64];
    nginx_config_t config = {.http = http, .server = server};

    (void) snprintf(http, sizeof(http), "ngx_link_func_shm_size %zu;\n", zone);
    pair->zone = zone;
    pair->nginx = nginx_server_start(&config);
    pair->mock = ngx_link_func_mock_new();
    ngx_link_func_mock_shm_size(pair->mock, zone);
    assert_int_equal(ngx_link_func_mock_load(pair->mock, CAPACITY_LIBRARY), 0);
}

static void pair_stop(pair_t *pair) {
    ngx_link_func_mock_free(pair->mock);
    nginx_server_stop(pair->nginx);
}

/* Runs it in both, and returns how many went in. */
static size_t ask(const pair_t *pair, const char *target) {
    char *function = strndup(target + 1, strcspn(target, "?") - 1);
    ngx_link_func_mock_request_t *req = ngx_link_func_mock_request(pair->mock, "GET", target);
    const char *model = ngx_link_func_mock_response_body(ngx_link_func_mock_call_name(req, function));
    wire_response_t *response = wire_request(nginx_server_port(pair->nginx), "GET", target, NULL, NULL, 0);
    size_t count = strtoul(response->body, NULL, 10);

    if (strcmp(model, response->body) != 0) {
        fail_msg("%zu bytes, %s: NGINX has %s, the mock %s", pair->zone, target, response->body, model);
    }
    if (getenv("CAPACITY_PRINT") != NULL) {
        (void) fprintf(stderr, "%zu %s: %s\n", pair->zone, target, response->body);
    }
    free(function);
    wire_free(response);
    ngx_link_func_mock_request_free(req);
    return count;
}

/* Fills it, takes each third out, fills the gaps with others, and empties it. */
static void fill_thin_and_fill(const pair_t *pair, const char *way, size_t size, size_t other) {
    char target[128];
    size_t count, more;

    (void) snprintf(target, sizeof(target), "/fill?way=%s&size=%zu", way, size);
    count = ask(pair, target);
    (void) snprintf(target, sizeof(target), "/thin?way=%s&to=%zu&step=3", way, count);
    (void) ask(pair, target);
    (void) ask(pair, "/left");
    (void) snprintf(target, sizeof(target), "/fill?way=%s&size=%zu&from=%zu", way, other, count);
    more = ask(pair, target);
    (void) snprintf(target, sizeof(target), "/thin?way=%s&to=%zu&step=1", way, count + more + 1);
    (void) ask(pair, target);
    (void) ask(pair, "/left");
}

static const size_t sizes[] = {8,   9,   16,  17,   24,   32,   33,   48,   64,    100,   128,
                               200, 256, 500, 1000, 2048, 2049, 4096, 5000, 10000, 20000, 65536};

#define SIZE_COUNT (sizeof(sizes) / sizeof(sizes[0]))

/* The large zone takes its time: only some. */
#define LARGE ((size_t) 8 << 20)
#define LARGE_STEP 4

static void zone_fills_alike(size_t zone, const char *way) {
    pair_t pair;
    size_t i;

    pair_start(&pair, zone);
    for (i = 0; i < SIZE_COUNT; i += zone < LARGE ? 1 : LARGE_STEP) {
        if (sizes[i] < zone) {
            fill_thin_and_fill(&pair, way, sizes[i], sizes[SIZE_COUNT - 1 - i]);
            fill_thin_and_fill(&pair, way, sizes[i], sizes[(i + LARGE_STEP) % SIZE_COUNT]);
        }
    }
    pair_stop(&pair);
}

#define ALIKE(name, bytes)                                                                                   \
    static void blocks_fill_##name##_alike(void **state) {                                                   \
        (void) state;                                                                                        \
        zone_fills_alike((bytes), "alloc");                                                                  \
    }                                                                                                        \
    static void values_fill_##name##_alike(void **state) {                                                   \
        (void) state;                                                                                        \
        zone_fills_alike((bytes), "new");                                                                    \
    }                                                                                                        \
    static void items_fill_##name##_alike(void **state) {                                                    \
        (void) state;                                                                                        \
        zone_fills_alike((bytes), "dict");                                                                   \
    }

#define TESTS(name)                                                                                          \
    cmocka_unit_test(blocks_fill_##name##_alike), cmocka_unit_test(values_fill_##name##_alike),              \
        cmocka_unit_test(items_fill_##name##_alike)

ALIKE(the_smallest_zone, (size_t) 8 * 4096)
ALIKE(a_zone_of_no_whole_pages, (size_t) 50001)
ALIKE(one_mebibyte, (size_t) 1 << 20)
ALIKE(eight_mebibytes, LARGE)

int main(void) {
    const struct CMUnitTest tests[] = {
        TESTS(the_smallest_zone),
        TESTS(a_zone_of_no_whole_pages),
        TESTS(one_mebibyte),
        TESTS(eight_mebibytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
