#ifndef MOCK_FAILURE_H
#define MOCK_FAILURE_H

/* Whose thread this is. */
typedef enum {
    LFM_THREAD_FOREIGN, /* somebody's who never used a mock: a handler library's own */
    LFM_THREAD_TEST,
    LFM_THREAD_POOL, /* of ngx_link_func_mock_threads() */
} lfm_thread_t;

extern __thread lfm_thread_t lfm_thread __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* It uses a mock from now on. */
void lfm_thread_is(lfm_thread_t thread);

/* Stops the test that misused the mock.  Only for functions that the test
 * calls: what a handler calls never leaves the handler.  May longjmp: own
 * nothing when calling it. */
_Noreturn void lfm_misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for what was done at that place, which the message begins with.  A
 * thread that is not the test's ends the process: a jump would not leave it. */
_Noreturn void lfm_stop(const void *at, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same as lfm_misuse() for what a handler did.  Takes over the message. */
_Noreturn void lfm_fail(char *message);

#endif
