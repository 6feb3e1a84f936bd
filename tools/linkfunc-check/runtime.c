#include "runtime.h"

#include <stddef.h>
#include <string.h>

#include <ngx_link_func_module.h>

static const char prefix[] = "ngx_link_func_";

/* Without the prefix. */
static const struct {
    const char *name;
    unsigned version;
} functions[] = {
    {"abi_version", 35},      {"add_header_in", 34},  {"add_header_out", 34},  {"cache_get", 34},
    {"cache_new", 34},        {"cache_put", 34},      {"cache_remove", 34},    {"cyc_get_prop", 34},
    {"cyc_log_debug", 34},    {"cyc_log_err", 34},    {"cyc_log_info", 34},    {"cyc_log_warn", 34},
    {"decline", 35},          {"del_header_in", 35},  {"del_header_out", 35},  {"dict_add", 35},
    {"dict_delete", 35},      {"dict_expire", 35},    {"dict_get", 35},        {"dict_incr", 35},
    {"dict_set", 35},         {"dict_stats", 35},     {"dict_ttl", 35},        {"each_header", 35},
    {"get_cookie", 35},       {"get_form_arg", 35},   {"get_header", 34},      {"get_method", 35},
    {"get_prop", 34},         {"get_query_arg", 35},  {"get_query_param", 34}, {"get_remote_addr", 35},
    {"get_uri", 34},          {"get_var", 35},        {"log_debug", 34},       {"log_err", 34},
    {"log_fmt", 35},          {"log_info", 34},       {"log_warn", 34},        {"palloc", 34},
    {"pcalloc", 34},          {"set_header_out", 35}, {"set_var", 35},         {"shm_alloc", 34},
    {"shm_alloc_locked", 34}, {"shm_free", 34},       {"shm_free_locked", 34}, {"shmtx_lock", 34},
    {"shmtx_trylock", 34},    {"shmtx_unlock", 34},   {"strdup", 34},          {"strerror", 35},
    {"write_resp", 34},       {"write_resp_l", 34},   {"write_resp_ref", 35},
};

unsigned runtime_version(void) {
    return NGX_LINK_FUNC_ABI_VERSION;
}

unsigned runtime_version_of(const char *function) {
    size_t i;

    if (strncmp(function, prefix, sizeof(prefix) - 1) != 0) {
        return 0;
    }
    for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (strcmp(functions[i].name, function + sizeof(prefix) - 1) == 0) {
            return functions[i].version;
        }
    }
    return 0;
}
