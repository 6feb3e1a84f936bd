/* Holds the layout that every library was compiled against (LP64); both
 * runtimes include it once. */

#ifndef LF_ABI_H
#define LF_ABI_H

#include <stddef.h>

#include "ngx_link_func_module.h"

#ifdef __LP64__

#define LF_ABI_ASSERT(name, condition) typedef char lf_abi_##name[(condition) ? 1 : -1]
#define LF_ABI_MEMBER(type, member, offset)                                                                  \
    LF_ABI_ASSERT(type##_##member, offsetof(ngx_link_func_##type##_t, member) == (offset))

LF_ABI_ASSERT(str_size, sizeof(ngx_link_func_str_t) == 16);
LF_ABI_MEMBER(str, len, 0);
LF_ABI_MEMBER(str, data, 8);

LF_ABI_ASSERT(ctx_size, sizeof(ngx_link_func_ctx_t) == 56);
LF_ABI_MEMBER(ctx, req_args, 0);
LF_ABI_MEMBER(ctx, req_body, 8);
LF_ABI_MEMBER(ctx, req_body_len, 16);
LF_ABI_MEMBER(ctx, shared_mem, 24);
LF_ABI_MEMBER(ctx, __r__, 32);
LF_ABI_MEMBER(ctx, __pl__, 40);
LF_ABI_MEMBER(ctx, __log__, 48);

LF_ABI_ASSERT(cycle_size, sizeof(ngx_link_func_cycle_t) == 48);
LF_ABI_MEMBER(cycle, shared_mem, 0);
LF_ABI_MEMBER(cycle, has_error, 8);
LF_ABI_MEMBER(cycle, __cycle__, 16);
LF_ABI_MEMBER(cycle, __srv_cf__, 24);
LF_ABI_MEMBER(cycle, __pl__, 32);
LF_ABI_MEMBER(cycle, __log__, 40);

#endif

#endif
