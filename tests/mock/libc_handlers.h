/* Handlers that misuse what they have from libc, once linked into a test and once
 * as a library; a row is a mistake and what is nearly one. */

#ifndef LIBC_HANDLERS_H
#define LIBC_HANDLERS_H

#include <ngx_link_func_module.h>

/* ROW(code, wrong, nearly, a part of the sentence) */
#define LIBC_ROWS(ROW)                                                                                       \
    ROW(BORROWED_POINTER, lends_a_value_on_its_stack, lends_literals,                                        \
        "the value of the response header is on")                                                            \
    ROW(BORROWED_POINTER, lends_a_name_on_its_stack, lends_literals,                                         \
        "the name given to add_header_in is on")                                                             \
    ROW(BORROWED_POINTER, lends_a_status_line_on_its_stack, lends_pool_memory, "the status line is on")      \
    ROW(BORROWED_POINTER, lends_a_type_on_its_stack, lends_a_static, "the content type is on the stack")     \
    ROW(BORROWED_POINTER, lends_a_body_on_its_stack, copies_a_body_on_its_stack, "it is sent after")         \
    ROW(BORROWED_POINTER, lends_a_value_and_frees_it, lends_a_value_and_keeps_it, "was freed before")        \
    ROW(BORROWED_POINTER, lends_a_value_and_moves_it, lends_a_value_and_keeps_it, "was freed before")        \
    ROW(BORROWED_POINTER, lends_a_value_and_changes_it, lends_a_value_and_keeps_it, "was changed before")    \
    ROW(BORROWED_POINTER, lends_pool_memory_and_changes_it, lends_a_body_of_the_pool_and_changes_it,         \
        "was changed before")                                                                                \
    ROW(BORROWED_POINTER, lends_a_body_and_frees_it, copies_a_body_and_frees_it, "it is sent after")         \
    ROW(HEAP_LEAK, forgets_a_block, frees_a_block, "10 bytes in 1 blocks")                                   \
    ROW(HEAP_LEAK, forgets_a_duplicate, keeps_a_block_in_a_static, "5 bytes in 1 blocks")                    \
    ROW(HEAP_LEAK, forgets_a_text, keeps_a_block_in_a_thread_local, "9 bytes in 1 blocks")                   \
    ROW(HEAP_LEAK, forgets_a_list, keeps_a_list_in_a_static, "16 bytes in 1 blocks")                         \
    ROW(HEAP_LEAK, frees_a_list_but_not_its_name, frees_a_block, "7 bytes in 1 blocks")                      \
    ROW(BLOCKING_CALL, sleeps, reads_from_a_file, "usleep() makes")                                          \
    ROW(BLOCKING_CALL, reads_from_a_socket, reads_from_a_file, "read() makes")                               \
    ROW(BLOCKING_CALL, receives_from_a_socket, receives_without_waiting, "recv() makes")                     \
    ROW(BLOCKING_CALL, polls, polls_without_waiting, "poll() makes")                                         \
    ROW(BLOCKING_CALL, syncs_a_file, reads_from_a_file, "fsync() makes")                                     \
    ROW(BLOCKING_CALL, locks_a_file, locks_a_file_if_it_can, "flock() makes")

#define LIBC_HANDLER(code, wrong, nearly, text)                                                              \
    void wrong(ngx_link_func_ctx_t *ctx);                                                                    \
    void nearly(ngx_link_func_ctx_t *ctx);

#pragma GCC visibility push(default)
LIBC_ROWS(LIBC_HANDLER)
void frees_what_it_kept(ngx_link_func_ctx_t *ctx);
void waits_in_an_unknown_way(ngx_link_func_ctx_t *ctx);
void allocates_in_each_way(ngx_link_func_ctx_t *ctx);

/* The line of the last mistake. */
extern int libc_blamed;
#pragma GCC visibility pop

#endif
