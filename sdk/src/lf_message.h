/* The log lines that both runtimes write, in one place and one wording.  Each
 * function writes an escaped line without a NUL, at most `size` bytes of it,
 * and returns its length. */

#ifndef LF_MESSAGE_H
#define LF_MESSAGE_H

#include <stdint.h>

#include "lf_header.h"
#include "lf_str.h"

#pragma GCC visibility push(hidden)

/* [error] `function` is the API function that refused. */
size_t lf_message_header_refused(char *dst, size_t size, const char *function, lf_str_t name,
                                 lf_header_verdict_t verdict);

/* [error] */
size_t lf_message_status_refused(char *dst, size_t size, uintptr_t status);

/* [error] A length that no body has. */
size_t lf_message_body_refused(char *dst, size_t size, size_t len);

/* What is wrong, as the end of a sentence. */
const char *lf_message_verdict(lf_header_verdict_t verdict);

/* [error] A gate, which is closed by default, answers 500 then. */
size_t lf_message_gate_unanswered(char *dst, size_t size, lf_str_t function);

/* [alert] `function` is the handler. */
size_t lf_message_lock_held(char *dst, size_t size, lf_str_t function);

/* [error] A content type with CR, LF or NUL; text/plain is sent instead. */
#define LF_MESSAGE_CONTENT_TYPE_REFUSED                                                                      \
    "ngx_link_func_write_resp() refused the content type: it contains CR, LF or NUL"

/* [alert], behind the name of a handler or hook */
#define LF_MESSAGE_LOCK_HELD "returned with the shared memory mutex held, it is released"

/* [emerg], behind the name of the hook and its library */
#define LF_MESSAGE_INIT_FAILED "reported an error, its locations answer 503"

/* [alert] */
#define LF_MESSAGE_LOCK_NOT_HELD "ngx_link_func_shmtx_unlock() called without holding the lock"

/* [notice] */
#define LF_MESSAGE_ZONE_SOUND                                                                                \
    "a process died while it changed the shared memory, which was checked and is sound"

/* [alert] */
#define LF_MESSAGE_ZONE_EMPTIED "a process died while it changed the shared memory, which starts empty again"

/* [error], at most once a second */
#define LF_MESSAGE_ZONE_FULL "shared memory zone is full, increase ngx_link_func_shm_size"

#pragma GCC visibility pop

#endif
