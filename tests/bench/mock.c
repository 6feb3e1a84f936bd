/* What a call through the mock costs beside its handler: the processor's time,
 * and how often it allocates.  Built plain and with AddressSanitizer, which has
 * an allocator of its own that is not counted. */

#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <ngx_link_func_mock.h>

#define CALLS 200000
#define ROUNDS 7
#define PATIENCE 50 /* rounds, until one is within a limit */

static const char text[] = "Hello, World!";

static void hello(ngx_link_func_ctx_t *ctx) {
    ngx_link_func_write_resp(ctx, 200, "200 OK", "text/plain", text, sizeof(text) - 1);
}

static size_t allocations;

#ifndef __SANITIZE_ADDRESS__
/* The mock's calls must find these. */
#pragma GCC visibility push(default)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t nmemb, size_t size);
void *__libc_realloc(void *ptr, size_t size);

void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t nmemb, size_t size) {
    allocations++;
    return __libc_calloc(nmemb, size);
}

void *realloc(void *ptr, size_t size) {
    allocations++;
    return __libc_realloc(ptr, size);
}

#pragma GCC visibility pop
#endif

/* The making of a request is not the call: one serves a hundred, and is freed
 * before its responses fill the memory. */
static void call_often(ngx_link_func_mock_t *mock, size_t count) {
    ngx_link_func_mock_request_t *request = NULL;
    size_t i;

    for (i = 0; i < count; i++) {
        if (i % 100 == 0) {
            ngx_link_func_mock_request_free(request);
            request = ngx_link_func_mock_request(mock, "GET", "/api/hello?name=NGINX");
        }
        (void) ngx_link_func_mock_call(request, hello);
    }
    ngx_link_func_mock_request_free(request);
}

static double nanoseconds(void) {
    struct timespec now;

    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double) now.tv_sec * 1e9 + (double) now.tv_nsec;
}

/* The best of some rounds: what else the machine does only makes it slower.  With a
 * limit in nanoseconds as its argument it fails unless a round is within it. */
int main(int argc, char **argv) {
    double limit = argc > 1 ? strtod(argv[1], NULL) : 0;
    int rounds = limit > 0 ? PATIENCE : ROUNDS;
    ngx_link_func_mock_t *mock = ngx_link_func_mock_new();
    double best = 0;
    int round;

    call_often(mock, 1000);
    for (round = 0; round < rounds && (round == 0 || best > limit); round++) {
        double begin = nanoseconds(), took;

        allocations = 0;
        call_often(mock, CALLS);
        took = (nanoseconds() - begin) / CALLS;
        best = round == 0 || took < best ? took : best;
    }
    printf("%.0f\t%.1f\n", best, (double) allocations / CALLS);
    ngx_link_func_mock_free(mock);
    return limit > 0 && best > limit;
}
