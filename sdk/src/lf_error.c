#include "lf_error.h"

#include "ngx_link_func_module.h"

const char *lf_error_text(int status) {
    static const char *const texts[] = {
        [-NGX_LINK_FUNC_OK] = "success",
        [-NGX_LINK_FUNC_ERROR] = "error",
        [-NGX_LINK_FUNC_NOT_FOUND] = "not found",
        [-NGX_LINK_FUNC_NO_MEMORY] = "out of memory",
        [-NGX_LINK_FUNC_INVALID] = "invalid argument",
        [-NGX_LINK_FUNC_EXISTS] = "exists already",
        [-NGX_LINK_FUNC_TYPE] = "not a number",
        [-NGX_LINK_FUNC_WRONG_THREAD] = "not possible in a pool thread",
    };

    if (status > 0 || status <= -(int) (sizeof(texts) / sizeof(texts[0]))) {
        return "unknown status";
    }
    return texts[-status];
}
