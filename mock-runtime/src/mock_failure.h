#ifndef MOCK_FAILURE_H
#define MOCK_FAILURE_H

/* Stops the test that misused the mock.  Only for functions that the test
 * calls: what a handler calls never leaves the handler.  May longjmp: own
 * nothing when calling it. */
_Noreturn void lfm_misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for what a handler did.  Takes over the message. */
_Noreturn void lfm_fail(char *message);

#endif
