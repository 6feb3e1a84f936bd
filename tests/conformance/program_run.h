/* What the interpreter (program.c) and its calls share. */

#ifndef PROGRAM_RUN_H
#define PROGRAM_RUN_H

#include <ngx_link_func_module.h>

#include "program.h"

/* Appends to the transcript, one line for each step: what every call gave. */
__attribute__((format(printf, 1, 2))) void program_tell(const char *format, ...);

/* Control characters and '\\' as \xHH; long ones by their beginning and a hash. */
void program_tell_bytes(const void *data, size_t len);
void program_tell_text(const char *text); /* or NULL */

/* A status, and where it is OK the bytes that were lent. */
void program_tell_lent(int status, ngx_link_func_str_t value);

/* Memory until the program ends, with a NUL behind it.  It is none of the API's. */
char *program_room(size_t len);

/* How the program answers: with its transcript unless it said otherwise. */
typedef enum {
    PROGRAM_TRANSCRIPT,
    PROGRAM_ANSWERED,
} program_answer_t;

void program_answer(program_answer_t answer);

/* The calls, and at the beginning of each program what was released till then. */
#define PROGRAM_DECLARE(name, args, weight)                                                                  \
    void program_##name(ngx_link_func_ctx_t *ctx, const program_arg_t *arg);
PROGRAM_OPS(PROGRAM_DECLARE)
#undef PROGRAM_DECLARE

void program_count_releases(void);

/* What is remembered from program to program: a new worker begins anew. */
void program_forget(void);
void program_forget_shm(void);
void program_forget_releases(void);

#endif
