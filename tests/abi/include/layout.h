/* The LP64 layout of the structs, which must have been declared; a wrong one
 * does not compile, in C or in C++. */

#ifndef LAYOUT_H
#define LAYOUT_H

#define HOLDS(name, condition) extern const char(name)[(condition) ? 1 : -1]

HOLDS(str_is_16, sizeof(ngx_link_func_str_t) == 16);
HOLDS(str_len_is_at_0, offsetof(ngx_link_func_str_t, len) == 0);
HOLDS(str_data_is_at_8, offsetof(ngx_link_func_str_t, data) == 8);

HOLDS(ctx_is_56, sizeof(ngx_link_func_ctx_t) == 56);
HOLDS(ctx_req_args_is_at_0, offsetof(ngx_link_func_ctx_t, req_args) == 0);
HOLDS(ctx_req_body_is_at_8, offsetof(ngx_link_func_ctx_t, req_body) == 8);
HOLDS(ctx_req_body_len_is_at_16, offsetof(ngx_link_func_ctx_t, req_body_len) == 16);
HOLDS(ctx_shared_mem_is_at_24, offsetof(ngx_link_func_ctx_t, shared_mem) == 24);
HOLDS(ctx_r_is_at_32, offsetof(ngx_link_func_ctx_t, __r__) == 32);
HOLDS(ctx_pl_is_at_40, offsetof(ngx_link_func_ctx_t, __pl__) == 40);
HOLDS(ctx_log_is_at_48, offsetof(ngx_link_func_ctx_t, __log__) == 48);

HOLDS(cycle_is_48, sizeof(ngx_link_func_cycle_t) == 48);
HOLDS(cycle_shared_mem_is_at_0, offsetof(ngx_link_func_cycle_t, shared_mem) == 0);
HOLDS(cycle_has_error_is_at_8, offsetof(ngx_link_func_cycle_t, has_error) == 8);
HOLDS(cycle_has_error_is_int, sizeof(((ngx_link_func_cycle_t *) NULL)->has_error) == sizeof(int));
HOLDS(cycle_cycle_is_at_16, offsetof(ngx_link_func_cycle_t, __cycle__) == 16);
HOLDS(cycle_srv_cf_is_at_24, offsetof(ngx_link_func_cycle_t, __srv_cf__) == 24);
HOLDS(cycle_pl_is_at_32, offsetof(ngx_link_func_cycle_t, __pl__) == 32);
HOLDS(cycle_log_is_at_40, offsetof(ngx_link_func_cycle_t, __log__) == 40);

#endif
