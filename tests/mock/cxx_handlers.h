/* Handlers in C++ that misuse memory, once linked into a test and once as a
 * library; a row is a mistake and what is nearly one. */

#ifndef CXX_HANDLERS_H
#define CXX_HANDLERS_H

#include <ngx_link_func_module.h>

/* ROW(code, wrong, nearly, a part of the sentence) */
#define CXX_ROWS(ROW)                                                                                        \
    ROW(HEAP_LEAK, forgets_an_object, deletes_an_object, "4 bytes in 1 blocks")                              \
    ROW(HEAP_LEAK, forgets_an_array, deletes_an_array, "40 bytes in 1 blocks")                               \
    ROW(HEAP_LEAK, forgets_an_aligned_object, deletes_an_aligned_object, "64 bytes in 1 blocks")             \
    ROW(HEAP_LEAK, forgets_a_nothrow_object, keeps_an_object_in_a_static, "4 bytes in 1 blocks")             \
    ROW(HEAP_LEAK, forgets_a_text_of_the_library, uses_texts_and_streams, "in 1 blocks")                     \
    ROW(BORROWED_POINTER, lends_a_text_and_destroys_it, lends_a_text_that_stays, "was freed before")

#define CXX_HANDLER(code, wrong, nearly, text)                                                               \
    void wrong(ngx_link_func_ctx_t *ctx);                                                                    \
    void nearly(ngx_link_func_ctx_t *ctx);

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)
CXX_ROWS(CXX_HANDLER)

/* Tell by + and - which of the ways gave memory. */
void news_in_each_way(ngx_link_func_ctx_t *ctx);
void news_with_a_handler(ngx_link_func_ctx_t *ctx);

/* The line of the last mistake. */
extern int cxx_blamed;
#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
