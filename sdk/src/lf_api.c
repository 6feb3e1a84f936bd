/* The public functions that are pure; the mock has its own, which tell who calls them. */

#include "ngx_link_func_module.h"

#include "lf_error.h"

uint32_t ngx_link_func_abi_version(void) {
    return NGX_LINK_FUNC_ABI_VERSION;
}

const char *ngx_link_func_strerror(int status) {
    return lf_error_text(status);
}
