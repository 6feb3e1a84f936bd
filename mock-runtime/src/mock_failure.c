#include "mock_failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "mock_public.h"
#include "mock_site.h"

__thread lfm_thread_t lfm_thread;

static void print_and_abort(const char *message) {
    (void) fprintf(stderr, "ngx_link_func_mock: %s\n", message);
    abort();
}

static void (*failure)(const char *message) = print_and_abort;

void ngx_link_func_mock_on_failure(void (*fail)(const char *message)) {
    failure = fail == NULL ? print_and_abort : fail;
}

void lfm_fail(char *message) {
    static char *last; /* `failure` may never come back to free it */

    free(last);
    last = message;
    failure(message);
    print_and_abort("the function of ngx_link_func_mock_on_failure() returned");
    abort();
}

void lfm_misuse(const char *format, ...) {
    char message[1024];
    va_list args;

    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 overlooks va_start */
    (void) vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    failure(message);
    print_and_abort("the function of ngx_link_func_mock_on_failure() returned");
    abort();
}

void lfm_thread_is(lfm_thread_t thread) {
    if (lfm_thread == LFM_THREAD_FOREIGN) {
        lfm_thread = thread;
    }
}

static void say_place(char *text, size_t size, const void *at) {
    lfm_site_t site = lfm_site_of(at);

    (void) snprintf(text, size, "%s: %s", site.function, site.place);
    free(site.function);
    free(site.place);
}

void lfm_stop(const void *at, const char *format, ...) {
    char place[512], text[512];
    va_list args;

    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 overlooks va_start */
    (void) vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    say_place(place, sizeof(place), at);
    if (lfm_thread != LFM_THREAD_TEST) {
        failure = print_and_abort;
    }
    lfm_misuse("%s: %s", place, text);
}
