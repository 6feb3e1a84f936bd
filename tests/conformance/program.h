/* Programs that the generator makes and the handler library runs: the calls
 * that it knows, and how a request carries them.
 *
 * A program is the value of the request header "X-Program": steps, each ended
 * by ';', of a call's name and its arguments, with a space before each.
 * Numbers are decimal.  Bytes are in hexadecimal; "." is none of them, "~" is
 * NULL, and "*COUNT.HEX" are so many, the given ones over and over. */

#ifndef PROGRAM_H
#define PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#define PROGRAM_HEADER "X-Program"
#define PROGRAM_ARGS_MAX 4

/* OP(name, arguments, weight): the arguments are
 *   n  a number, of the kind that the generator knows for the call
 *   b  bytes, which may hold NUL
 *   B  bytes or NULL
 *   t  text: bytes without NUL
 *   T  text or NULL
 * and a call is chosen as often as its weight says. */
#define PROGRAM_OPS(OP)                                                                                      \
    OP(released, "", 1)                                                                                      \
    OP(quiet, "", 1)                                                                                         \
    OP(abi_version, "", 1)                                                                                   \
    OP(strerror, "n", 1)                                                                                     \
    OP(req_args, "", 2)                                                                                      \
    OP(req_body, "", 2)                                                                                      \
    OP(get_method, "", 2)                                                                                    \
    OP(get_remote_addr, "", 1)                                                                               \
    OP(get_uri, "", 3)                                                                                       \
    OP(get_prop, "b", 2)                                                                                     \
    OP(get_header, "b", 6)                                                                                   \
    OP(each_header, "n", 4)                                                                                  \
    OP(get_query_param, "t", 4)                                                                              \
    OP(get_query_arg, "b", 4)                                                                                \
    OP(get_form_arg, "b", 4)                                                                                 \
    OP(get_cookie, "b", 4)                                                                                   \
    OP(get_var, "b", 8)                                                                                      \
    OP(set_var, "bb", 5)                                                                                     \
    OP(add_header_in, "bb", 6)                                                                               \
    OP(del_header_in, "b", 4)                                                                                \
    OP(add_header_out, "bb", 8)                                                                              \
    OP(set_header_out, "bb", 8)                                                                              \
    OP(del_header_out, "b", 4)                                                                               \
    OP(write_resp, "nTTB", 5)                                                                                \
    OP(write_resp_l, "nBBB", 3)                                                                              \
    OP(write_resp_ref, "nTB", 3)                                                                             \
    OP(decline, "", 2)                                                                                       \
    OP(log, "nt", 4)                                                                                         \
    OP(log_macro, "nt", 2)                                                                                   \
    OP(log_fmt, "nt", 3)                                                                                     \
    OP(palloc, "n", 2)                                                                                       \
    OP(pcalloc, "n", 2)                                                                                      \
    OP(strdup, "t", 1)                                                                                       \
    OP(shm_alloc, "nn", 3)                                                                                   \
    OP(shm_alloc_locked, "nn", 1)                                                                            \
    OP(shm_free, "n", 3)                                                                                     \
    OP(shm_free_locked, "n", 1)                                                                              \
    OP(shmtx_lock, "", 1)                                                                                    \
    OP(shmtx_trylock, "", 1)                                                                                 \
    OP(shmtx_unlock, "", 2)                                                                                  \
    OP(cache_new, "tn", 5)                                                                                   \
    OP(cache_get, "t", 5)                                                                                    \
    OP(cache_put, "tn", 4)                                                                                   \
    OP(cache_remove, "t", 3)                                                                                 \
    OP(cache_remove_free, "t", 2)                                                                            \
    OP(cache_churn, "tn", 1)                                                                                 \
    OP(dict_get, "bn", 5)                                                                                    \
    OP(dict_set, "bbn", 5)                                                                                   \
    OP(dict_add, "bbn", 3)                                                                                   \
    OP(dict_incr, "bnnn", 5)                                                                                 \
    OP(dict_delete, "b", 3)                                                                                  \
    OP(dict_ttl, "b", 3)                                                                                     \
    OP(dict_expire, "bn", 3)                                                                                 \
    OP(dict_stats, "", 2)

/* Blocks of shm_alloc that outlive a program, by their number; and pointers
 * that cache_put is given, of which the number behind the last is NULL. */
#define PROGRAM_SLOTS 6
#define PROGRAM_TOKENS 4

typedef struct {
    int is_null;
    uint64_t number; /* of 'n': a negative one wraps around */
    const char *data;
    size_t len;
} program_arg_t;

#endif
